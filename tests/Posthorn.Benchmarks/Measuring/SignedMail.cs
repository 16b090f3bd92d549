using Posthorn.Benchmarks.Processes;

namespace Posthorn.Benchmarks.Measuring;

/// <summary>Envelopes with an inline secret, which lie sealed on the queue and are signed on their way.</summary>
internal static class SignedMail
{
    /// <summary>The key that they are signed with: 32 bytes, as the profile <c>standard</c> wants it.</summary>
    public static byte[] Key { get; } = "a key of as many bytes as it took"u8[..32].ToArray();

    /// <summary>The same as text.</summary>
    public static string Secret { get; } = $"whsec_{Convert.ToBase64String(Key)}";

    private static readonly string Credential = $",\"secret\":\"{Secret}\"";

    /// <summary>An envelope.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="url">Where it goes.</param>
    /// <param name="payload">The bytes of its data.</param>
    /// <param name="more">More fields of the envelope as JSON, after a comma.</param>
    public static string Of(string id, Uri url, int payload, string? more = null) => Mail.Of(id, url, Mail.Payload(id, payload), credential: Credential, more: more);

    /// <summary>Puts envelopes onto the queue of a workbench with <c>posthorn send</c>, to each destination in turn.</summary>
    /// <param name="bench">Whose queue.</param>
    /// <param name="prefix">What their ids begin with; the number follows.</param>
    /// <param name="count">How many.</param>
    /// <param name="destinations">Where to.</param>
    /// <param name="payload">The bytes of each one's data.</param>
    /// <param name="cancellation">Stops it.</param>
    public static async Task<CommandRun> SendAsync(Workbench bench, string prefix, int count, IReadOnlyList<Uri> destinations, int payload, CancellationToken cancellation)
    {
        var file = Path.Combine(bench.Folder, "backlog.ndjson");
        await File.WriteAllLinesAsync(file, Enumerable.Range(0, count).Select(n => Of($"{prefix}_{n}", destinations[n % destinations.Count], payload)), cancellation);
        var run = await bench.RunCommandAsync(["send", "backlog.ndjson"], cancellation);
        File.Delete(file);
        return run;
    }
}
