using System.Globalization;
using Azure;
using Azure.Core;
using Azure.Identity;
using Azure.Security.KeyVault.Secrets;
using Posthorn.Signing;

namespace Posthorn.KeyVault;

/// <summary>Asks the vault. Its exceptions become answers here; of their texts nothing is kept but the status and Azure's own code.</summary>
internal sealed class VaultReader(SecretClient client, TimeProvider clock)
{
    private const int LongestCode = 64;
    private const string Role = "Key Vault Secrets User";
    private const string Unreachable = "Key Vault cannot be reached";

    /// <summary>A reader of the vault by the workload's identity.</summary>
    /// <param name="vault">The vault.</param>
    /// <param name="clock">The time.</param>
    /// <param name="identity">Who asks. Default: the workload's identity.</param>
    /// <param name="network">What carries the questions. Default: the network.</param>
    /// <param name="pause">The time between a question that failed and the one more. Default: 0.8 s.</param>
    public static VaultReader Of(Uri vault, TimeProvider clock, TokenCredential? identity = null, HttpMessageHandler? network = null, TimeSpan? pause = null)
    {
        var how = new SecretClientOptions { RetryPolicy = new OnceMore(pause ?? TimeSpan.FromSeconds(0.8)), Retry = { NetworkTimeout = KeyVaultOptions.LongestAnswer / 2 } };
        if (network is not null) how.Transport = new Azure.Core.Pipeline.HttpClientTransport(network);
        return new VaultReader(new SecretClient(vault, identity ?? new DefaultAzureCredential(), how), clock);
    }

    /// <summary>The newest versions that may be used now.</summary>
    /// <param name="name">The secret's name.</param>
    /// <param name="known">Versions whose values are known: a version's value never changes.</param>
    /// <param name="choose">Which of the usable ones are wanted.</param>
    public async Task<VaultAnswer> ReadAsync(string name, IReadOnlyList<SecretVersion> known, Func<IReadOnlyList<SecretProperties>, IEnumerable<SecretProperties>> choose)
    {
        using var limit = new CancellationTokenSource(KeyVaultOptions.LongestAnswer, clock);
        try
        {
            var usable = await UsableAsync(name, limit.Token);
            if (usable.Count == 0) return new VaultAnswer.Refused($"the secret '{name}' of Key Vault has no version that is enabled and valid now");
            var versions = new List<SecretVersion>();
            foreach (var version in choose(usable)) versions.Add(known.FirstOrDefault(each => each.Id == version.Version) ?? await ValueAsync(version, limit.Token));
            return new VaultAnswer.Found(versions);
        }
        catch (Exception broken)
        {
            return AnswerOf(name, broken, isLate: limit.IsCancellationRequested);
        }
    }

    /// <summary>From when on a version is the one to use.</summary>
    public static DateTimeOffset SinceOf(SecretProperties version) =>
        version is { NotBefore: { } start, CreatedOn: { } made } ? (start > made ? start : made) : version.CreatedOn ?? version.NotBefore ?? DateTimeOffset.MinValue;

    private async Task<IReadOnlyList<SecretProperties>> UsableAsync(string name, CancellationToken cancellationToken)
    {
        var now = clock.GetUtcNow();
        var usable = new List<SecretProperties>();
        await foreach (var version in client.GetPropertiesOfSecretVersionsAsync(name, cancellationToken))
            if (version.Enabled != false && !(version.NotBefore > now) && !(version.ExpiresOn <= now)) usable.Add(version);
        return [.. usable.OrderByDescending(SinceOf)];
    }

    private async Task<SecretVersion> ValueAsync(SecretProperties version, CancellationToken cancellationToken)
    {
        var secret = (await client.GetSecretAsync(version.Name, version.Version, cancellationToken: cancellationToken)).Value;
        return secret.Value is { Length: > 0 } value ? new SecretVersion(version.Version, SinceOf(version), new SigningSecret(value)) : throw new EmptySecretException();
    }

    private VaultAnswer AnswerOf(string name, Exception broken, bool isLate) => broken switch
    {
        EmptySecretException => new VaultAnswer.Refused($"the secret '{name}' of Key Vault is empty"),
        RequestFailedException failed => AnswerOf(name, failed),
        AuthenticationFailedException => new VaultAnswer.Away($"Azure gave this worker no token for Key Vault ({broken.GetType().Name})"),
        OperationCanceledException when isLate => new VaultAnswer.Away($"Key Vault did not answer within {KeyVaultOptions.LongestAnswer:c}"),
        // What the SDK throws when it asked more than once.
        AggregateException all when all.InnerExceptions.All(each => each is RequestFailedException { Status: 0 } or IOException) => new VaultAnswer.Away(Unreachable),
        // Whatever stands there is no vault: an answer of a proxy's, a challenge for another host.
        _ => new VaultAnswer.Away($"Key Vault did not answer ({broken.GetType().Name})"),
    };

    /// <summary>What is missing or forbidden is an answer; a throttle, a fault of the vault's and a connection that fails are none.</summary>
    private VaultAnswer AnswerOf(string name, RequestFailedException failed)
    {
        var code = failed.ErrorCode is { Length: > 0 and <= LongestCode } text && text.All(char.IsAsciiLetter) ? $" {text}" : "";
        var vault = client.VaultUri;
        return failed.Status switch
        {
            404 => new VaultAnswer.Refused($"Key Vault has no secret '{name}' (404{code}): make it in {vault}, or name another"),
            403 => new VaultAnswer.Refused($"Key Vault does not let this worker read the secret '{name}' (403{code}): its identity needs the role '{Role}' on {vault}, and a way through its firewall"),
            400 => new VaultAnswer.Refused($"Key Vault does not accept the question for '{name}' (400{code})"),
            0 => new VaultAnswer.Away(Unreachable),
            429 => new VaultAnswer.Away("Key Vault throttles this worker (429)", OnceMore.HintOf(failed.GetRawResponse())),
            var status => new VaultAnswer.Away(string.Create(CultureInfo.InvariantCulture, $"Key Vault answers {status}{code} at {vault}"), OnceMore.HintOf(failed.GetRawResponse())),
        };
    }

    private sealed class EmptySecretException : Exception;
}
