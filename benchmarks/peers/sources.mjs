// The systems as the peers read them: the same protocols and bytes as the gateway, no access rules, no scope but the
// accounts they are given. `config` comes from the benchmark: addresses, credentials, accounts, words, today.
import { readFileSync } from 'node:fs';
import { Pool } from 'undici';
import { XMLParser } from 'fast-xml-parser';

export const config = JSON.parse(readFileSync(0, 'utf8'));

const pools = Object.fromEntries(
  Object.entries(config.addresses).map(([name, address]) => [name, new Pool(address, { connections: 20 })]),
);
const basic = 'Basic ' + Buffer.from(`${config.user}:${config.password}`).toString('base64');
const xml = new XMLParser({ ignoreAttributes: true, removeNSPrefix: true, parseTagValue: false, isArray: (name) => name === 'item' });

async function call(system, options) {
  const answer = await pools[system].request(options);
  const body = await answer.body.text();
  if (answer.statusCode >= 300) throw new Error(`${system} answered ${answer.statusCode}: ${body.slice(0, 200)}`);
  return body;
}

let session;
async function token() {
  session ??= call('installed_base', {
    method: 'POST',
    path: '/services/oauth2/token',
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    body: new URLSearchParams({ grant_type: 'client_credentials', client_id: config.client_id, client_secret: config.client_secret }).toString(),
  }).then((body) => JSON.parse(body).access_token);
  return session;
}

async function query(soql) {
  const body = await call('installed_base', {
    method: 'GET',
    path: `/services/data/v62.0/query?q=${encodeURIComponent(soql)}`,
    headers: { authorization: `Bearer ${await token()}`, accept: 'application/json' },
  });
  return JSON.parse(body).records;
}

const quoted = (keys) => keys.map((key) => `'${key}'`).join(', ');
const bare = (number) => (number ? number.replace(/^0+/, '') : null);

export async function installedProducts(first) {
  const records = await query(
    'SELECT Id, SAP_Equipment_Number__c, SVMXC__Serial_Lot_Number__c, SVMXC__Product__r.Name, SVMXC__Product__r.Family, ' +
      'SVMXC__Status__c, SVMXC__Company__c FROM SVMXC__Installed_Product__c ' +
      `WHERE SVMXC__Company__c IN (${quoted(config.accounts)}) ORDER BY Id ASC NULLS LAST LIMIT ${first}`,
  );
  return records.map((record) => ({
    id: Buffer.from(`InstalledProduct:${record.Id}`).toString('base64url'),
    assetId: bare(record.SAP_Equipment_Number__c),
    description: record.SVMXC__Product__r?.Name ?? null,
    serialNumber: record.SVMXC__Serial_Lot_Number__c ?? null,
    modality: record.SVMXC__Product__r?.Family ? (config.modalities[record.SVMXC__Product__r.Family] ?? 'OTHER') : null,
    statusLabel: statusLabel(record.SVMXC__Status__c),
    accountId: record.SVMXC__Company__c,
  }));
}

function statusLabel(word) {
  const status = config.statuses[word];
  return status ? config.labels.AssetStatus[status] : word || config.labels.AssetStatus.OTHER;
}

export async function accounts(ids) {
  const records = await query(`SELECT Id, Name, SAP_Customer_Number__c FROM Account WHERE Id IN (${quoted([...new Set(ids)])})`);
  const found = new Map(records.map((record) => [record.Id, { name: record.Name, number: bare(record.SAP_Customer_Number__c) }]));
  return ids.map((id) => found.get(id) ?? null);
}

const KEYS_A_GET = 60;
const CASES =
  '$select=MaintenanceNotification,MaintNotifExtReferenceNumber,NotificationText,MaintPriority,NotifProcessingPhase,' +
  'TechnicalObject,NotificationCreationDate,NotificationCreationTime';

export async function openCases(assetIds) {
  const keys = assetIds.filter(Boolean);
  const portions = [];
  for (let start = 0; start < keys.length; start += KEYS_A_GET) portions.push(keys.slice(start, start + KEYS_A_GET));
  const rows = (await Promise.all(portions.map(casesOf))).flat();
  const found = new Map();
  for (const row of rows) {
    const id = bare(row.MaintenanceNotification);
    const status = row.NotifProcessingPhase === '3' ? 'IN_PROGRESS' : 'NEW';
    const one = {
      number: row.MaintNotifExtReferenceNumber || id,
      priorityLabel: config.labels.CasePriority[config.priorities[row.MaintPriority]] ?? null,
      statusLabel: config.labels.CaseStatus[status],
      description: row.NotificationText || null,
      at: Number(row.NotificationCreationDate?.slice(6, -2) ?? 0),
    };
    const asset = bare(row.TechnicalObject);
    if (found.has(asset)) found.get(asset).push(one);
    else found.set(asset, [one]);
  }
  for (const cases of found.values()) cases.sort((one, other) => other.at - one.at);
  return assetIds.map((id) => found.get(id) ?? []);
}

async function casesOf(keys) {
  const assets = keys.map((key) => `TechnicalObject eq '${key.padStart(18, '0')}'`).join(' or ');
  const filter = `TechObjIsEquipOrFuncnlLoc eq 'EAMS_EQUI' and (NotifProcessingPhase eq '1' or NotifProcessingPhase eq '2' or NotifProcessingPhase eq '3') and (${assets})`;
  const rows = [];
  let path = `/sap/opu/odata/sap/API_MAINTNOTIFICATION/MaintenanceNotification?$filter=${encodeURIComponent(filter)}&${CASES}&sap-client=100&sap-language=EN`;
  while (path) {
    const body = await call('service_orders', { method: 'GET', path, headers: { authorization: basic, accept: 'application/json' } });
    const { results, __next: next } = JSON.parse(body).d;
    rows.push(...results);
    const behind = next && new URL(next, 'http://sap');
    path = behind && behind.pathname + behind.search;
  }
  return rows;
}

const KEYS_A_CALL = 200;

export async function contractLines(assetIds) {
  const keys = assetIds.filter(Boolean);
  const portions = [];
  for (let start = 0; start < keys.length; start += KEYS_A_CALL) portions.push(keys.slice(start, start + KEYS_A_CALL));
  const answers = await Promise.all(portions.map(itemsOf));
  const found = new Map();
  const seen = new Set(); // a contract comes with all its lines, whichever of its assets was asked for
  for (const item of answers.flat()) {
    if (item.ABGRU) continue;
    if (portions.length > 1) {
      const key = `${item.VBELN}-${item.POSNR}`;
      if (seen.has(key)) continue;
      seen.add(key);
    }
    const asset = bare(item.EQUNR);
    const open = item.VENDDAT === '9999-12-31';
    const endDate = open || item.VENDDAT === '0000-00-00' ? null : item.VENDDAT;
    const line = {
      number: bare(item.POSNR),
      contractNumber: bare(item.VBELN),
      description: item.ARKTX || null,
      endDate,
      expiryStatus: open ? 'GREEN' : endDate && expiry(endDate),
    };
    if (found.has(asset)) found.get(asset).push(line);
    else found.set(asset, [line]);
  }
  return assetIds.map((id) => found.get(id) ?? []);
}

async function itemsOf(keys) {
  const rows = keys.map((key) => `<item><SIGN>I</SIGN><OPTION>EQ</OPTION><LOW>${key.padStart(18, '0')}</LOW><HIGH></HIGH></item>`);
  const body = await call('contracts', {
    method: 'POST',
    path: config.contracts_path,
    headers: { authorization: basic, 'content-type': 'text/xml; charset=utf-8', soapaction: '"urn:sap-com:document:sap:rfc:functions:ZSCV_WS:Z_SCV_CONTRACT_GETLISTRequest"' },
    body: `<?xml version="1.0" encoding="utf-8"?><soap-env:Envelope xmlns:soap-env="http://schemas.xmlsoap.org/soap/envelope/"><soap-env:Body><ns0:Z_SCV_CONTRACT_GETLIST xmlns:ns0="urn:sap-com:document:sap:rfc:functions"><IT_EQUNR>${rows.join('')}</IT_EQUNR><IV_MAX_ROWS>500</IV_MAX_ROWS><IV_SKIP>0</IV_SKIP></ns0:Z_SCV_CONTRACT_GETLIST></soap-env:Body></soap-env:Envelope>`,
  });
  return xml.parse(body).Envelope.Body.Z_SCV_CONTRACT_GETLISTResponse.ET_ITEM?.item ?? [];
}

const today = Date.parse(config.today);
function expiry(end) {
  const days = Math.round((Date.parse(end) - today) / 86_400_000);
  return days > 90 ? 'GREEN' : days >= 30 ? 'YELLOW' : 'RED';
}
