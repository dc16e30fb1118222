// Every page of the dashboard, in the order in which an address is looked for among them.

import { page as deadLetters } from "./dead-letters.js";
import { page as destination } from "./destination.js";
import { page as destinations } from "./destinations.js";
import { page as event } from "./event.js";
import { page as events } from "./events.js";
import { page as site } from "./site.js";
import { page as system } from "./system.js";

export const pages = [events, event, deadLetters, destinations, destination, site, system];
