using System.Net;
using System.Text.Json;
using Posthorn.Endpoints;
using Posthorn.Signing;
using Posthorn.Stores;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Endpoints;

public sealed class EndpointRegistryTests : IAsyncLifetime
{
    private readonly Parts _parts = new(("profiles:unsigned:signature:header", ""));
    private readonly EndpointRegistry _registry;

    public EndpointRegistryTests() => _registry = _parts.Registry;

    public async ValueTask InitializeAsync() => await _parts.WithAsync();

    public ValueTask DisposeAsync() => _parts.DisposeAsync();

    [Fact]
    public async Task A_registered_endpoint_is_stored_known_and_its_secret_shown_once()
    {
        var done = await RegisterAsync(New());

        (done.Endpoint.Status, done.IsVerified, done.VerificationProblem).ShouldBe((EndpointStatus.Active, false, null));
        done.Secret.ShouldNotBeNull().ShouldBe(_registry.Open(done.Endpoint).Secret);
        _parts.Directory.Find(done.Endpoint.Id).ShouldNotBeNull().Record.ShouldBe(_parts.Endpoints[done.Endpoint.Id]);
        _parts.Receiver.Requests.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_registration_that_is_wrong_stores_nothing()
    {
        (await _registry.RegisterAsync(New() with { Url = "x" }, CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Invalid>().Errors.ShouldHaveSingleItem().Path.ShouldBe("$.url");

        _parts.Endpoints.Calls.ShouldBe(1, "The directory's own reading.");
    }

    [Theory]
    [InlineData("proposal", false)]
    [InlineData("standard", true)]
    public async Task An_endpoint_that_answers_the_challenge_is_active(string profile, bool asked)
    {
        _parts.Receiver.Answer = Challenged;

        var done = await RegisterAsync(New(profile) with { Verify = asked });

        (done.Endpoint.Status, done.IsVerified, done.VerificationProblem).ShouldBe((EndpointStatus.Active, true, null));
        done.Secret.ShouldNotBeNull();
        _parts.Directory.Find(done.Endpoint.Id).ShouldNotBeNull().Record.Status.ShouldBe(EndpointStatus.Active);
    }

    [Fact]
    public async Task An_endpoint_that_does_not_answer_the_challenge_stays_pending_and_is_told_why()
    {
        var done = await RegisterAsync(New("proposal"));

        (done.Endpoint.Status, done.IsVerified).ShouldBe((EndpointStatus.Pending, false));
        done.VerificationProblem.ShouldNotBeNull();
        _parts.Endpoints[done.Endpoint.Id].Status.ShouldBe(EndpointStatus.Pending);
    }

    [Fact]
    public async Task A_pending_endpoint_is_challenged_again_by_any_change()
    {
        var pending = (await RegisterAsync(New("proposal"))).Endpoint;
        _parts.Receiver.Answer = Challenged;

        var done = await ChangeAsync(pending.Id, new EndpointRequest { Description = "now" });

        (done.Endpoint.Status, done.IsVerified).ShouldBe((EndpointStatus.Active, true));
    }

    [Fact]
    public async Task A_change_is_partial_and_in_the_directory_at_once()
    {
        var before = (await RegisterAsync(New() with { Description = "mine", RateLimit = 5 })).Endpoint;

        var done = await ChangeAsync(before.Id, new EndpointRequest { Events = ["b"] });

        done.Endpoint.Events.ShouldBe(["b"]);
        (done.Endpoint.Description, done.Endpoint.RateLimit, done.Endpoint.Status).ShouldBe(("mine", 5, EndpointStatus.Active));
        done.Before.ShouldBe(before);
        _registry.Open(done.Endpoint).ShouldBe(_registry.Open(before));
        _parts.Directory.Find(before.Id).ShouldNotBeNull().Record.Events.ShouldBe(["b"]);
    }

    [Fact]
    public async Task A_change_that_is_wrong_changes_nothing()
    {
        var before = (await RegisterAsync(New())).Endpoint;

        (await _registry.ChangeAsync(before.Id, new EndpointRequest { Events = ["a b"] }, CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Invalid>().Errors[0].Path.ShouldBe("$.events[0]");

        _parts.Endpoints[before.Id].ShouldBe(before);
    }

    [Fact]
    public async Task What_is_not_there_is_missing()
    {
        (await _registry.ChangeAsync("wh_x", new EndpointRequest(), CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Missing>();
        (await _registry.RotateSecretAsync("wh_x", null, CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Missing>();
        (await _registry.DeleteAsync("wh_x", CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Missing>();
    }

    [Fact]
    public async Task Another_URL_is_challenged_where_the_profile_asks_for_it()
    {
        var id = await VerifiedAsync();
        _parts.Receiver.Answer = _ => (HttpStatusCode.OK, "");

        var done = await ChangeAsync(id, new EndpointRequest { Url = "https://stranger.example/" });

        (done.Endpoint.Status, done.IsVerified).ShouldBe((EndpointStatus.Pending, false));
        _parts.Receiver.Requests[^1].Url.Host.ShouldBe("stranger.example");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task What_does_not_move_a_verified_endpoint_is_not_challenged(bool saysUrl)
    {
        var id = await VerifiedAsync();
        var asked = _parts.Receiver.Requests.Count;

        var done = await ChangeAsync(id, new EndpointRequest { Description = "d", Url = saysUrl ? New().Url : null });

        done.Endpoint.Status.ShouldBe(EndpointStatus.Active);
        _parts.Receiver.Requests.Count.ShouldBe(asked);
    }

    [Fact]
    public async Task Disabling_and_enabling_is_no_way_around_the_challenge()
    {
        var pending = (await RegisterAsync(New("proposal"))).Endpoint;
        (await ChangeAsync(pending.Id, new EndpointRequest { Status = "disabled" })).Endpoint.Status.ShouldBe(EndpointStatus.Disabled);

        (await ChangeAsync(pending.Id, new EndpointRequest { Status = "active" })).Endpoint.Status.ShouldBe(EndpointStatus.Pending);
    }

    [Fact]
    public async Task Moving_while_disabled_is_no_way_around_the_challenge()
    {
        var id = await VerifiedAsync();
        await ChangeAsync(id, new EndpointRequest { Status = "disabled", Url = "https://stranger.example/" });
        _parts.Receiver.Answer = _ => (HttpStatusCode.OK, "");

        (await ChangeAsync(id, new EndpointRequest { Status = "active" })).Endpoint.Status.ShouldBe(EndpointStatus.Pending);
        _parts.Receiver.Requests[^1].Url.Host.ShouldBe("stranger.example");
    }

    [Fact]
    public async Task Saying_active_is_no_way_around_the_challenge()
    {
        var pending = (await RegisterAsync(New("proposal"))).Endpoint;

        (await ChangeAsync(pending.Id, new EndpointRequest { Status = "active" })).Endpoint.Status.ShouldBe(EndpointStatus.Pending);
    }

    [Fact]
    public async Task Taking_a_profile_that_verifies_is_challenged()
    {
        var id = (await RegisterAsync(New())).Endpoint.Id;

        (await ChangeAsync(id, new EndpointRequest { Profile = "proposal" })).Endpoint.Status.ShouldBe(EndpointStatus.Pending);
    }

    [Fact]
    public async Task Disabling_says_why_and_enabling_forgets_it()
    {
        var id = (await RegisterAsync(New())).Endpoint.Id;

        var disabled = (await ChangeAsync(id, new EndpointRequest { Status = "disabled" })).Endpoint;
        (disabled.Status, disabled.DisabledReason, disabled.DisabledAt).ShouldBe((EndpointStatus.Disabled, "its owner disabled it", Given.Now));

        _parts.Endpoints.Put(disabled with { FailingSince = Given.Now.AddDays(-6), HasSuffered = true });
        (await ChangeAsync(id, new EndpointRequest { Description = "d" })).Endpoint.Status.ShouldBe(EndpointStatus.Disabled);

        var enabled = (await ChangeAsync(id, new EndpointRequest { Status = "active" })).Endpoint;
        (enabled.Status, enabled.DisabledReason, enabled.DisabledAt, enabled.FailingSince, enabled.HasSuffered).ShouldBe((EndpointStatus.Active, null, null, null, true));
    }

    [Fact]
    public async Task Somebody_else_s_change_in_between_is_kept()
    {
        var id = (await RegisterAsync(New())).Endpoint.Id;
        var times = 0;
        _parts.Endpoints.BeforeUpdate = _ =>
        {
            if (times++ < 3) _parts.Endpoints.Put(_parts.Endpoints[id] with { RateLimit = times });
        };

        var done = await ChangeAsync(id, new EndpointRequest { Description = "mine" });

        (done.Endpoint.Description, done.Endpoint.RateLimit).ShouldBe(("mine", 3));
    }

    [Fact]
    public async Task What_is_changed_by_others_all_the_time_is_given_up()
    {
        var id = (await RegisterAsync(New())).Endpoint.Id;
        _parts.Endpoints.BeforeUpdate = _ => _parts.Endpoints.Put(_parts.Endpoints[id]);

        await Should.ThrowAsync<StoreUnavailableException>(_registry.ChangeAsync(id, new EndpointRequest { Description = "mine" }, CancellationToken.None));
    }

    [Fact]
    public async Task An_endpoint_moved_while_it_is_challenged_is_not_taken_for_verified()
    {
        var pending = (await RegisterAsync(New("proposal"))).Endpoint;
        _parts.Receiver.Answer = request =>
        {
            var moved = Given.Endpoint("wh_moved");
            _parts.Endpoints.Put(_parts.Endpoints[pending.Id] with { Sealed = moved.Sealed, DisplayUrl = moved.DisplayUrl });
            return Challenged(request);
        };

        var done = (await _registry.VerifyAsync(pending, CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Done>();

        (done.Endpoint.Status, done.IsVerified).ShouldBe((EndpointStatus.Pending, false));
    }

    [Fact]
    public async Task Fault_56_a_rotation_keeps_the_old_secret_for_a_day()
    {
        var before = await RegisterAsync(New());

        var done = (await _registry.RotateSecretAsync(before.Endpoint.Id, null, CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Done>();

        done.Secret.ShouldNotBeNull().ShouldNotBe(before.Secret);
        var secrets = _registry.Open(_parts.Endpoints[before.Endpoint.Id]);
        (secrets.Secret, secrets.PreviousSecret, secrets.PreviousUntil).ShouldBe((done.Secret, before.Secret, Given.Now.AddHours(24)));
        secrets.Url.ShouldBe(new Uri(New().Url.ShouldNotBeNull()));
    }

    [Fact]
    public async Task A_secret_that_is_given_is_taken_when_it_has_the_profile_s_form()
    {
        var id = (await RegisterAsync(New())).Endpoint.Id;
        var given = new SigningSecret("whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");

        (await _registry.RotateSecretAsync(id, given, CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Done>().Secret.ShouldBe(given);
        var wrong = (await _registry.RotateSecretAsync(id, new SigningSecret("do-not-print-me"), CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Invalid>();

        wrong.Errors.ShouldHaveSingleItem().Path.ShouldBe("$.secret");
        wrong.Errors[0].ToString().ShouldNotContain("do-not-print-me");
        _registry.Open(_parts.Endpoints[id]).Secret.ShouldBe(given);
    }

    [Fact]
    public async Task What_does_not_sign_has_no_secret_to_rotate()
    {
        var id = (await RegisterAsync(New("unsigned"))).Endpoint.Id;

        (await _registry.RotateSecretAsync(id, null, CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Invalid>().Errors.ShouldHaveSingleItem().Path.ShouldBe("$.secret");
    }

    [Fact]
    public async Task A_secret_that_a_new_profile_makes_is_shown()
    {
        var id = (await RegisterAsync(New("unsigned"))).Endpoint.Id;

        var done = await ChangeAsync(id, new EndpointRequest { Profile = "standard" });

        done.Secret.ShouldNotBeNull().ShouldBe(_registry.Open(done.Endpoint).Secret);
        (await ChangeAsync(id, new EndpointRequest { Profile = "morag-step" })).Secret.ShouldBeNull("It is known already.");
    }

    [Fact]
    public async Task Fault_57_a_deleted_endpoint_is_unknown_at_once_and_its_secrets_are_gone()
    {
        var id = (await RegisterAsync(New() with { Description = "mine" })).Endpoint.Id;

        (await _registry.DeleteAsync(id, CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Done>();

        _parts.Directory.Find(id).ShouldBeNull();
        (_parts.Endpoints[id].Sealed, _parts.Endpoints[id].Description).ShouldBe(("", null));
        (await _registry.DeleteAsync(id, CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Missing>();
    }

    private static EndpointRequest New(string profile = "standard") => new() { Url = "https://mine.example/hook?token=in-the-query", Events = ["a"], Profile = profile };

    private static (HttpStatusCode Status, string Body) Challenged(FakeReceiver.Request request)
    {
        using var json = JsonDocument.Parse(request.Body);
        return (HttpStatusCode.OK, $$"""{"challenge":"{{json.RootElement.GetProperty("challenge")}}"}""");
    }

    private async Task<string> VerifiedAsync()
    {
        _parts.Receiver.Answer = Challenged;
        return (await RegisterAsync(New("proposal"))).Endpoint.Id;
    }

    private async Task<EndpointOutcome.Done> RegisterAsync(EndpointRequest request) => (await _registry.RegisterAsync(request, CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Done>();

    private async Task<EndpointOutcome.Done> ChangeAsync(string id, EndpointRequest request) => (await _registry.ChangeAsync(id, request, CancellationToken.None)).ShouldBeOfType<EndpointOutcome.Done>();
}
