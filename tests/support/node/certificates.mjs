// A certificate authority and a certificate for this machine, made with the openssl command.
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';

/// Makes them in `folder`; the CA stays when it is there already, the certificate is made anew.
export function makeCertificates(folder, names = 'DNS:localhost,IP:127.0.0.1') {
  fs.mkdirSync(folder, { recursive: true });
  const at = (name) => path.join(folder, name);
  const openssl = (...args) => execFileSync('openssl', args, { stdio: ['ignore', 'ignore', 'pipe'] });
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  if (!fs.existsSync(at('ca.pem'))) {
    openssl('req', '-x509', ...curve, '-days', '7', '-keyout', at('ca.key'), '-out', at('ca.pem'), '-subj', '/CN=Test CA',
      '-addext', 'basicConstraints=critical,CA:TRUE', '-addext', 'keyUsage=critical,keyCertSign,cRLSign');
  }
  fs.writeFileSync(at('extensions'), `basicConstraints=CA:FALSE\nsubjectAltName=${names}\nextendedKeyUsage=serverAuth\n`);
  openssl('req', ...curve, '-keyout', at('new.key'), '-out', at('request.csr'), '-subj', '/CN=test');
  openssl('x509', '-req', '-in', at('request.csr'), '-CA', at('ca.pem'), '-CAkey', at('ca.key'), '-CAcreateserial',
    '-days', '7', '-out', at('new.pem'), '-extfile', at('extensions'));
  fs.renameSync(at('new.key'), at('server.key'));
  fs.renameSync(at('new.pem'), at('server.pem'));
  return { ca: at('ca.pem'), certificate: at('server.pem'), key: at('server.key') };
}
