// Drives the console in headless Chromium, with an officer's certificate and without any script of the pages' own.
// The steps come as one JSON object on the standard input; one line of JSON for each thing seen goes out.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { chromium } from 'playwright-core';

const plan = JSON.parse(readFileSync(0, 'utf8'));
const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const say = (object) => console.log(JSON.stringify(object));
const rules = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

const browser = await chromium.launch({
  executablePath: plan.chromium,
  args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--disable-dev-shm-usage'],
});

const open = (officer) => browser.newContext({
  // The national CA of a test is in no browser's list; the gateway's side of TLS is other tests' affair.
  ignoreHTTPSErrors: true,
  clientCertificates: [{ origin: plan.url, cert: Buffer.from(officer.certificate), key: Buffer.from(officer.key) }],
});

// Puts axe into a world of its own: the content security policy keeps every script out of the page itself.
async function violations(page) {
  const session = await page.context().newCDPSession(page);
  const { frameTree } = await session.send('Page.getFrameTree');
  const { executionContextId: contextId } = await session.send('Page.createIsolatedWorld', { frameId: frameTree.frame.id });
  const evaluate = async (expression) => {
    const answer = await session.send('Runtime.evaluate', { contextId, expression, awaitPromise: true, returnByValue: true });
    if (answer.exceptionDetails) throw new Error(JSON.stringify(answer.exceptionDetails));
    return answer.result.value;
  };
  await evaluate(axe);
  const found = await evaluate(`axe.run(document, { runOnly: ${JSON.stringify(rules)} }).then((result) => JSON.stringify(
    result.violations.map((rule) => [rule.id, rule.nodes.slice(0, 3).map((node) => node.html.slice(0, 200))])))`);
  await session.detach();
  return JSON.parse(found);
}

// Presses Tab until the element has the focus; everything must be reached so.
async function tabTo(page, selector) {
  for (let presses = 0; presses < 300; presses += 1) {
    await page.keyboard.press('Tab');
    const focused = await page.locator(selector).first().evaluate((element) => element === document.activeElement);
    if (focused) return;
  }
  throw new Error(`the keyboard does not reach ${selector}`);
}

async function enter(page, selector) {
  await tabTo(page, selector);
  await Promise.all([page.waitForNavigation(), page.keyboard.press('Enter')]);
}

async function signIn(officer) {
  const context = await open(officer);
  const page = await context.newPage();
  await page.goto(`${plan.url}/?lang=en`);
  say({ saw: 'sign-in', violations: await violations(page) });
  await enter(page, '#sign-in button:not([name=lang])');
  return page;
}

const hook = (page, id, name) => page.locator(`#${id}`).getAttribute(`data-${name}`);

try {
  for (const officer of plan.officers) {
    const page = await signIn(officer);
    for (const path of officer.pages) {
      for (const language of ['kk', 'ru', 'en']) {
        const answer = await page.goto(`${plan.url}${path}${path.includes('?') ? '&' : '?'}lang=${language}`);
        say({
          saw: path,
          status: answer.status(),
          language: await page.locator('html').getAttribute('lang'),
          asked: language,
          headings: await page.locator('h1').count(),
          missing: (await page.locator('body').innerText()).match(/\{[a-z0-9-]+\}/g) ?? [],
          violations: await violations(page),
        });
      }
    }
    // The page of proposals by the keyboard alone: the start page, its link, the file, the button.
    for (const upload of officer.uploads) {
      await page.goto(`${plan.url}/?lang=en`);
      await enter(page, 'a[href="/proposals"]');
      await tabTo(page, 'input[type=file]');
      await page.locator('input[type=file]').setInputFiles(
        { name: 'document.xml', mimeType: 'text/xml', buffer: Buffer.from(upload) });
      await enter(page, '#bring button:not([name=lang])');
      say({
        saw: 'upload',
        state: await page.locator('#proposal').count() ? await hook(page, 'proposal', 'state') : null,
        result: await page.locator('#result').count() ? await hook(page, 'result', 'result') : null,
        violations: await violations(page),
      });
    }
    // From the search to the payment, back, the view kept under a name, opened from the start page, taken away as a file.
    for (const flow of officer.flows) {
      await page.goto(`${plan.url}/?lang=en`);
      await enter(page, 'a[href="/search"]');
      await tabTo(page, '#q');
      await page.keyboard.type(flow.q);
      await enter(page, '#search button:not([name=lang])');
      const found = await hook(page, 'found', 'count');
      await enter(page, 'td a[href^="/payments?code="], th a[href^="/payments?code="]');
      const state = await hook(page, 'payment', 'state');
      await page.goBack();
      await tabTo(page, '#name');
      await page.keyboard.type(flow.name);
      await enter(page, '#keep-view button:not([name=lang])');
      const views = await hook(page, 'views', 'count');
      say({ saw: 'start', violations: await violations(page) });
      await enter(page, 'li a[href^="/search?"]');
      const again = await hook(page, 'found', 'count');
      await tabTo(page, 'a[href^="/lists/payments/list-machine.csv"]');
      const [download] = await Promise.all([page.waitForEvent('download'), page.keyboard.press('Enter')]);
      const file = readFileSync(await download.path(), 'utf8');
      say({ saw: 'flow', found, state, views, again, file, violations: await violations(page) });
    }
    await page.context().close();
  }
} finally {
  await browser.close();
}
