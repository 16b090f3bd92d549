// A network for the workers and the private endpoints. What leaves it, leaves by one fixed address that receivers can put on their lists.
param name string
param location string
param tags object
param addressSpace string

resource address 'Microsoft.Network/publicIPAddresses@2024-05-01' = {
  name: '${name}-outgoing'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIPAllocationMethod: 'Static' }
}

resource gateway 'Microsoft.Network/natGateways@2024-05-01' = {
  name: '${name}-nat'
  location: location
  tags: tags
  sku: { name: 'Standard' }
  properties: { publicIpAddresses: [{ id: address.id }], idleTimeoutInMinutes: 4 }
}

// Nothing but the platform's load balancer and the network itself comes in; the way out is open, as receivers are anywhere on port 443.
resource rules 'Microsoft.Network/networkSecurityGroups@2024-05-01' = {
  name: '${name}-endpoints'
  location: location
  tags: tags
  properties: {
    securityRules: [
      {
        name: 'OnlyTheNetwork'
        properties: {
          priority: 100
          direction: 'Inbound'
          access: 'Allow'
          protocol: 'Tcp'
          sourceAddressPrefix: 'VirtualNetwork'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRanges: ['443', '5671', '5672']
        }
      }
      {
        name: 'NothingElse'
        properties: {
          priority: 4000
          direction: 'Inbound'
          access: 'Deny'
          protocol: '*'
          sourceAddressPrefix: '*'
          sourcePortRange: '*'
          destinationAddressPrefix: '*'
          destinationPortRange: '*'
        }
      }
    ]
  }
}

resource network 'Microsoft.Network/virtualNetworks@2024-05-01' = {
  name: '${name}-network'
  location: location
  tags: tags
  properties: {
    addressSpace: { addressPrefixes: [addressSpace] }
    subnets: [
      {
        name: 'workers'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 23, 0)
          natGateway: { id: gateway.id }
          delegations: [{ name: 'apps', properties: { serviceName: 'Microsoft.App/environments' } }]
        }
      }
      {
        name: 'endpoints'
        properties: {
          addressPrefix: cidrSubnet(addressSpace, 27, 16)
          networkSecurityGroup: { id: rules.id }
          privateEndpointNetworkPolicies: 'Enabled'
        }
      }
    ]
  }
}

output networkId string = network.id
output workersSubnetId string = network.properties.subnets[0].id
output endpointsSubnetId string = network.properties.subnets[1].id
output outgoingAddress string = address.properties.ipAddress
