using System.Net;

namespace Posthorn.EndToEndTests.Faults;

/// <summary>As in production, with nothing opened.</summary>
public sealed class AddressProductionTests(AddressProductionTests.Worker worker) : IClassFixture<AddressProductionTests.Worker>
{
    [Fact]
    public async Task Fault_42_the_API_refuses_http_and_loopback_with_400()
    {
        foreach (var url in new[] { "http://example.com/hook", "https://localhost/hook", "https://127.0.0.1/hook" })
        {
            var answer = (await worker.CallAsync("POST /api/notifications", AddressFormTests.Envelope("evt_42", url))).ShouldBeProblem(HttpStatusCode.BadRequest);
            answer.Paths.ShouldBe(["$.destination.url"], url);
        }

        worker.Process.Output.ShouldContain("Production");
        worker.Process.Output.ShouldNotContain("Open ");
    }

    [Fact]
    public async Task Fault_42_http_on_the_queue_is_an_invalid_destination()
    {
        await using var receiver = new HostileReceiver(HostileAnswers.Status(200));

        await worker.PutAsync([AddressFormTests.Plain("http", "http://example.com/hook"), AddressFormTests.Plain("inside", receiver.Url().ToString())]);

        var letters = await worker.UntilDeadAsync("http", "inside");
        letters.Values.ShouldAllBe(letter => letter.Text("reason") == "InvalidDestination" && letter.GetProperty("attempts").GetInt32() == 0);
        receiver.Connections.ShouldBe(0);
    }

    public sealed class Worker : NetworkWorker
    {
        public override ValueTask InitializeAsync()
        {
            Harness.Environment["DOTNET_ENVIRONMENT"] = "Production";
            return base.InitializeAsync();
        }
    }
}
