using System.ComponentModel;
using System.Diagnostics;
using System.Text.Json;

namespace Posthorn.Benchmarks.Amqp;

/// <summary>@azure/service-bus on node, in the folder that <c>POSTHORN_TEST_AZURE_JS</c> or else <c>NODE_PATH</c> names.</summary>
internal static class JavaScriptProducer
{
    private static readonly string? Modules = Environment.GetEnvironmentVariable("POSTHORN_TEST_AZURE_JS") is { Length: > 0 } folder ? Path.Combine(folder, "node_modules") : Environment.GetEnvironmentVariable("NODE_PATH");

    /// <summary>Why it is not there, in one line; null when it is.</summary>
    public static async Task<string?> ComplaintAsync(CancellationToken cancellation)
    {
        try
        {
            var (exitCode, _) = await RunAsync(["-e", "try { require('@azure/service-bus') } catch { process.exit(1) }"], cancellation);
            return exitCode == 0 ? null : "node finds no @azure/service-bus; install it with npm, and name its folder with POSTHORN_TEST_AZURE_JS";
        }
        catch (Win32Exception)
        {
            return "there is no node";
        }
    }

    /// <summary>Sends.</summary>
    /// <returns>Messages a second, and how many were sent with those before the clock ran.</returns>
    public static async Task<(double PerSecond, long Sent)> RunAsync(int port, string prefix, AmqpBenchmarkOptions options, Uri url, string secretRef, CancellationToken cancellation)
    {
        var told = JsonSerializer.Serialize(new Dictionary<string, object>
        {
            ["connection"] = $"Endpoint=sb://localhost:{port};SharedAccessKeyName=RootManageSharedAccessKey;SharedAccessKey=SAS_KEY_VALUE;UseDevelopmentEmulator=true;",
            ["queue"] = "batch-notifications",
            ["prefix"] = prefix,
            ["messages"] = options.Messages,
            ["payload"] = options.Payload,
            ["url"] = url.OriginalString,
            ["secretRef"] = secretRef,
        });
        var (exitCode, output) = await RunAsync([Path.Combine(AppContext.BaseDirectory, "Amqp", "batch.js"), told], cancellation);
        if (exitCode != 0) throw new BenchmarkException($"Azure's SDK ended with {exitCode}.");
        using var json = JsonDocument.Parse(output);
        return (json.RootElement.GetProperty("per_s").GetDouble(), json.RootElement.GetProperty("sent").GetInt64());
    }

    private static async Task<(int ExitCode, string Output)> RunAsync(string[] args, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo("node", args) { UseShellExecute = false, RedirectStandardOutput = true };
        start.Environment["NODE_PATH"] = Modules ?? "";
        using var node = Process.Start(start) ?? throw new BenchmarkException("node did not start.");
        try
        {
            var output = await node.StandardOutput.ReadToEndAsync(cancellation);
            await node.WaitForExitAsync(cancellation);
            return (node.ExitCode, output);
        }
        finally
        {
            if (!node.HasExited) node.Kill();
        }
    }
}
