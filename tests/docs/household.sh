# A launch that has begun: a site behind, goals, a lead with nowhere to go yet, a vote, and bills.
mkdir -p site/launch
echo '<!doctype html><title>Launch</title>' | tee site/launch/index.html > site/thanks.html
echo '<urlset><url><loc>https://launch.example/launch/</loc></url></urlset>' > site/sitemap.xml
cat > gantry.toml <<'TOML'
[pages]
root = "site"

[[pages.rule]]
path = "/launch/*"
ttl = "60s"

[funnel]
currency = "USD"
goals = [{ name = "signup", path = "/thanks" }]
TOML
printf 'date,amount,source,campaign\n2026-12-01,40.00,google,launch\n' > ads.csv
