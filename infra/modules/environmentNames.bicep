// The names of an environment without a public address, for producers inside the network.
param name string
param tags object
param networkId string
param domain string
param address string

resource zone 'Microsoft.Network/privateDnsZones@2024-06-01' = {
  name: domain
  location: 'global'
  tags: tags
}

resource apps 'Microsoft.Network/privateDnsZones/A@2024-06-01' = {
  parent: zone
  name: '*'
  properties: { ttl: 300, aRecords: [{ ipv4Address: address }] }
}

resource link 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = {
  parent: zone
  name: '${name}-network'
  location: 'global'
  tags: tags
  properties: { virtualNetwork: { id: networkId }, registrationEnabled: false }
}
