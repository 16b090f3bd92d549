using Azure.Core;
using Azure.Identity;

namespace Posthorn.Tests.KeyVault;

/// <summary>The identity of the workload: it has a token for each question, unless it is told that it has none.</summary>
internal sealed class FakeIdentity : TokenCredential
{
    /// <summary>What stands in every question.</summary>
    public const string Token = "a-token-of-this-worker";

    /// <summary>Whether there is no identity.</summary>
    public bool IsMissing { get; set; }

    public override AccessToken GetToken(TokenRequestContext requestContext, CancellationToken cancellationToken) =>
        IsMissing ? throw new CredentialUnavailableException($"no identity, and {Token} is not told") : new AccessToken(Token, DateTimeOffset.UnixEpoch);

    public override ValueTask<AccessToken> GetTokenAsync(TokenRequestContext requestContext, CancellationToken cancellationToken) => new(GetToken(requestContext, cancellationToken));
}
