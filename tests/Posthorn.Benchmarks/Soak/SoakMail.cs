using System.Text;
using Posthorn.Benchmarks.Measuring;
using Posthorn.Benchmarks.Receiving;

namespace Posthorn.Benchmarks.Soak;

/// <summary>The envelopes of a soak: seed and id decide each, so that what arrives can be held against what it should be.</summary>
internal sealed class SoakMail(int seed, IReadOnlyList<Uri> destinations)
{
    /// <summary>The profile they follow: retries that come soon, so that a soak ends.</summary>
    public const string Profile = "soak";

    /// <summary>What <c>secret_ref</c> points to.</summary>
    public const string SecretName = "soak";

    private static readonly string[] Pieces = ["x", "ü", "\\u0000", "\\n", "\\\"", "😀", " ", "0123456789abcdef", "</script>"];

    public string Secret { get; } = $"whsec_{Convert.ToBase64String(FaultPlan.SecretOf(seed))}";

    public string Of(string id)
    {
        var chance = Seeds.Chance(seed, $"mail {id}");
        var url = destinations[chance.Next(destinations.Count)];
        var credential = chance.Next(2) == 0 ? $",\"secret\":\"{Secret}\"" : $",\"secret_ref\":\"config:{SecretName}\"";
        return Mail.Of(id, url, DataOf(id), Profile, credential);
    }

    /// <summary>The digest of the body that must arrive.</summary>
    public string DigestOf(string id) => WireRequest.DigestOf(Encoding.UTF8.GetBytes(DataOf(id)));

    private string DataOf(string id)
    {
        var chance = Seeds.Chance(seed, $"data {id}");
        var text = new StringBuilder();
        for (var pieces = chance.Next(chance.Next(2) == 0 ? 4 : 300); pieces > 0; pieces--) text.Append(Pieces[chance.Next(Pieces.Length)]);
        return $$"""{ "n":"{{id}}","big":1e5, "text":"{{text}}"}""";
    }
}
