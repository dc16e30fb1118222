// As much of Node as the clients here use.
declare const process: { env: Record<string, string | undefined> };
