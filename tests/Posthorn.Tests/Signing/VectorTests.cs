using System.Text.Json;
using Posthorn.Envelopes;
using Posthorn.Profiles;
using Posthorn.Sending;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Signing;

/// <summary>Worked signatures that come from outside: what the five systems' own code computes.</summary>
public class VectorTests
{
    public static TheoryData<int> Numbers => [.. Enumerable.Range(0, Vectors().RootElement.GetArrayLength())];

    [Theory]
    [MemberData(nameof(Numbers))]
    public void The_headers_are_those_of_the_vector(int number)
    {
        using var vectors = Vectors();
        var vector = vectors.RootElement[number];
        var profile = Given.Profile(vector.GetProperty("profile").GetString() ?? "");
        var envelope = Given.Envelope(profile) with
        {
            Id = vector.TryGetProperty("id", out var id) ? id.GetString() ?? "" : "evt_1",
            Type = vector.TryGetProperty("type", out var type) ? type.GetString() ?? "" : "any",
            Body = vector.GetProperty("body_base64").GetBytesFromBase64(),
        };
        var now = vector.TryGetProperty("unix_time", out var unix) ? DateTimeOffset.FromUnixTimeSeconds(unix.GetInt64()) : Given.Now;
        var credentials = new Credentials([new SigningSecret(vector.GetProperty("secret").GetString() ?? "")], BearerToken: null, Destination.NoHeaders);

        var headers = WebhookRequest.Headers(envelope, 1, credentials, now).ToDictionary(StringComparer.Ordinal);

        var expected = vector.GetProperty("expected_headers").EnumerateObject().ToDictionary(each => each.Name, each => each.Value.GetString() ?? "", StringComparer.Ordinal);
        headers.ShouldBe(expected, ignoreOrder: true);
    }

    [Fact]
    public void Every_family_of_signature_has_a_vector()
    {
        using var vectors = Vectors();
        var covered = vectors.RootElement.EnumerateArray().Select(vector => vector.GetProperty("profile").GetString()).ToHashSet(StringComparer.Ordinal);

        BuiltInProfiles.All.Where(profile => !profile.Name.StartsWith("morag-", StringComparison.Ordinal)).Select(profile => profile.Name).ShouldBeSubsetOf(covered.OfType<string>());
    }

    private static JsonDocument Vectors() => JsonDocument.Parse(File.ReadAllBytes(Given.PathOf(Path.Combine("Vectors", "signatures.json"))));
}
