using System.Net;

namespace Posthorn.EndToEndTests.Access;

[Collection(ProductionCollection.Name)]
public sealed class RolesTests(ProductionWorker production)
{
    private readonly Harness _harness = production.Harness;

    [Fact]
    public void Every_route_that_is_mapped_stands_in_the_table()
    {
        string[] open = ["GET /healthz", "GET /readyz", "GET /openapi/v1.json"];

        ApiRoutes.Mapped().ShouldBe([.. open, .. ApiRoutes.All.Select(route => route.ToString())], ignoreOrder: true);
    }

    [Fact]
    public async Task Without_a_key_or_with_a_wrong_one_every_route_is_401()
    {
        foreach (var route in ApiRoutes.All)
        {
            foreach (var key in new[] { null, "", "wrong", ProductionWorker.Admin + "x", ProductionWorker.Admin.ToUpperInvariant(), production["read"][..^1] })
            {
                var answer = await _harness.CallAsync(route.Call(), route.Body, key);
                answer.ShouldBeProblem(HttpStatusCode.Unauthorized);
            }
        }
    }

    [Theory]
    [InlineData("publish")]
    [InlineData("manage")]
    [InlineData("operate")]
    [InlineData("read")]
    public async Task A_role_opens_its_routes_and_no_others(string role)
    {
        foreach (var route in ApiRoutes.All)
        {
            var answer = await _harness.CallAsync(route.Call(), route.Body, production[role]);

            if (!route.Roles.Contains(role)) answer.ShouldBeProblem(HttpStatusCode.Forbidden);
            else if (route.Path.Contains('{') && !route.Path.Contains("event-types")) answer.ShouldBeProblem(HttpStatusCode.NotFound);
            else answer.Status.ShouldBeOneOf(HttpStatusCode.OK, HttpStatusCode.Created, HttpStatusCode.Accepted, HttpStatusCode.NoContent, HttpStatusCode.NotFound);
        }
    }

    [Fact]
    public async Task A_refusal_names_the_roles_that_would_do()
    {
        var answer = await _harness.CallAsync("GET /api/dead-letters", key: production["publish"]);

        answer.ShouldBeProblem(HttpStatusCode.Forbidden);
        answer.Json.GetProperty("detail").GetString().ShouldBe("This key has not the role operate or read.");
    }

    [Fact]
    public async Task Health_and_the_description_need_no_key()
    {
        foreach (var path in new[] { "/healthz", "/readyz", "/openapi/v1.json" }) (await _harness.CallAsync($"GET {path}")).Status.ShouldBe(HttpStatusCode.OK);
    }

    [Fact]
    public async Task Ids_cannot_be_guessed_into()
    {
        foreach (var route in ApiRoutes.All.Where(route => route.Path.Contains('{') && route.Path.StartsWith("/api/webhooks")))
        {
            foreach (var id in new[] { "wh_000000000000000000000000", "wh_", "1", "*", "%25", "WH_" + new string('a', 24), "..%2Fqueue", new string('w', 4000) })
                (await _harness.CallAsync(route.Call(id), route.Body, ProductionWorker.Admin)).ShouldBeProblem(HttpStatusCode.NotFound);
        }
    }
}
