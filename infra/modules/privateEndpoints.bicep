// The queue and the vault, by private addresses only, under their own names.
param name string
param location string
param tags object
param networkId string
param subnetId string
param namespaceId string
param vaultId string

var services = [
  { name: 'queue', id: namespaceId, group: 'namespace', zone: 'privatelink.servicebus.windows.net' }
  { name: 'vault', id: vaultId, group: 'vault', zone: 'privatelink.vaultcore.azure.net' }
]

resource zones 'Microsoft.Network/privateDnsZones@2024-06-01' = [
  for service in services: {
    name: service.zone
    location: 'global'
    tags: tags
  }
]

resource links 'Microsoft.Network/privateDnsZones/virtualNetworkLinks@2024-06-01' = [
  for (service, index) in services: {
    parent: zones[index]
    name: '${name}-network'
    location: 'global'
    tags: tags
    properties: { virtualNetwork: { id: networkId }, registrationEnabled: false }
  }
]

resource endpoints 'Microsoft.Network/privateEndpoints@2024-05-01' = [
  for service in services: {
    name: '${name}-${service.name}'
    location: location
    tags: tags
    properties: {
      subnet: { id: subnetId }
      privateLinkServiceConnections: [
        { name: service.name, properties: { privateLinkServiceId: service.id, groupIds: [service.group] } }
      ]
    }
  }
]

resource names 'Microsoft.Network/privateEndpoints/privateDnsZoneGroups@2024-05-01' = [
  for (service, index) in services: {
    parent: endpoints[index]
    name: 'names'
    properties: { privateDnsZoneConfigs: [{ name: service.name, properties: { privateDnsZoneId: zones[index].id } }] }
  }
]
