using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Posthorn.EndToEndTests.Access;

namespace Posthorn.EndToEndTests.OpenApi;

/// <summary>The API's description of itself, pinned by a file: to change it is to change the file, in the same commit.</summary>
public sealed class ApiDocumentTests(RunningWorker running) : IClassFixture<RunningWorker>
{
    private const string Accept = "POSTHORN_ACCEPT_GOLDEN";
    private static readonly JsonSerializerOptions Written = new() { WriteIndented = true, NewLine = "\n", Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };
    private static readonly string Pinned = Path.Combine(Documents.Root, "tests", "Posthorn.EndToEndTests", "OpenApi", "v1.json");
    private readonly Harness _harness = running.Harness;

    [Fact]
    public async Task The_description_is_this()
    {
        var text = JsonSerializer.Serialize((await _harness.CallAsync("GET /openapi/v1.json")).Json, Written) + "\n";

        if (Environment.GetEnvironmentVariable(Accept) == "1") await File.WriteAllTextAsync(Pinned, text, new UTF8Encoding(encoderShouldEmitUTF8Identifier: false), TestContext.Current.CancellationToken);
        var held = File.Exists(Pinned) ? await File.ReadAllTextAsync(Pinned, TestContext.Current.CancellationToken) : "";
        text.ShouldBe(held, $"{Pinned} holds something else. When the change is meant, run the tests with {Accept}=1 and commit the file.");
    }

    [Fact]
    public async Task Every_route_is_in_it_with_an_id_and_a_summary()
    {
        var paths = (await _harness.CallAsync("GET /openapi/v1.json")).Json.GetProperty("paths");

        var described = paths.EnumerateObject().SelectMany(path => path.Value.EnumerateObject().Select(operation => (Call: $"{operation.Name.ToUpperInvariant()} {path.Name}", operation.Value))).ToList();
        described.Select(each => each.Call).ShouldBe(ApiRoutes.Mapped().Where(call => call != "GET /openapi/v1.json"), ignoreOrder: true);
        described.ShouldAllBe(each => each.Value.Text("operationId").Length > 0 && each.Value.Text("summary").Length > 0);
        described.Select(each => each.Value.Text("operationId")).Distinct().Count().ShouldBe(described.Count);
    }
}
