using System.Diagnostics.CodeAnalysis;
using System.Text;
using Posthorn.Endpoints;
using Posthorn.Envelopes;
using Posthorn.Queues;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Endpoints;

public class EndpointBuilderTests
{
    private const string Url = "\"url\":\"https://example.com/hook\"";
    private static readonly EndpointBuilder Builder = new(Given.Catalog(("profiles:unsigned:signature:header", "")), Given.Production, new EndpointOptions());

    public static TheoryData<string, string> Wrong { get; } = new()
    {
        { "", "$" },
        { "[]", "$" },
        { """{"events":["a"]}""", "$.url" },
        { """{"url":"","events":["a"]}""", "$.url" },
        { """{"url":"example.com","events":["a"]}""", "$.url" },
        { """{"url":"ftp://example.com/","events":["a"]}""", "$.url" },
        { """{"url":"http://example.com/","events":["a"]}""", "$.url" },
        { """{"url":"https://10.0.0.1/","events":["a"]}""", "$.url" },
        { """{"url":"https://localhost/","events":["a"]}""", "$.url" },
        { """{"url":"https://me:pass@example.com/","events":["a"]}""", "$.url" },
        { $"{{{Url}}}", "$.events" },
        { $"{{{Url},\"events\":[]}}", "$.events" },
        { $"{{{Url},\"events\":\"a\"}}", "$.events" },
        { $"{{{Url},\"events\":[1]}}", "$.events" },
        { $"{{{Url},\"events\":[\"a\",\"b c\"]}}", "$.events[1]" },
        { $"{{{Url},\"events\":[\"a*\"]}}", "$.events[0]" },
        { $"{{{Url},\"events\":[{string.Join(',', Enumerable.Range(0, 101).Select(n => $"\"t{n}\""))}]}}", "$.events" },
        { $"{{{Url},\"events\":[\"a\"],\"profile\":\"nobody-s\"}}", "$.profile" },
        { $"{{{Url},\"events\":[\"a\"],\"secret\":\"do-not-print-me\"}}", "$.secret" },
        { $"{{{Url},\"events\":[\"a\"],\"secret\":\"\"}}", "$.secret" },
        { $"{{{Url},\"events\":[\"a\"],\"headers\":{{\"X A\":\"b\"}}}}", "$.headers.X A" },
        { $"{{{Url},\"events\":[\"a\"],\"headers\":{{\"X-A\":\"b\\r\\nX-B: c\"}}}}", "$.headers.X-A" },
        { $"{{{Url},\"events\":[\"a\"],\"headers\":{{\"Host\":\"b\"}}}}", "$.headers.Host" },
        { $"{{{Url},\"events\":[\"a\"],\"headers\":{{\"webhook-signature\":\"b\"}}}}", "$.headers.webhook-signature" },
        { $"{{{Url},\"events\":[\"a\"],\"headers\":[]}}", "$.headers" },
        { $"{{{Url},\"events\":[\"a\"],\"rate_limit\":-1}}", "$.rate_limit" },
        { $"{{{Url},\"events\":[\"a\"],\"rate_limit\":10001}}", "$.rate_limit" },
        { $"{{{Url},\"events\":[\"a\"],\"rate_limit\":1.5}}", "$.rate_limit" },
        { $"{{{Url},\"events\":[\"a\"],\"tenant\":\"\"}}", "$.tenant" },
        { $"{{{Url},\"events\":[\"a\"],\"description\":\"{new string('d', 1025)}\"}}", "$.description" },
        { $"{{{Url},\"events\":[\"a\"],\"verify\":\"yes\"}}", "$.verify" },
        { $"{{{Url},\"events\":[\"a\"],\"status\":\"active\"}}", "$.status" },
        { $"{{{Url},\"events\":[\"a\"],\"more\":1}}", "$.more" },
    };

    [Theory]
    [MemberData(nameof(Wrong))]
    public void What_is_wrong_with_a_registration_is_told_by_its_path(string json, string path)
    {
        var (draft, errors) = Build(json);

        draft.ShouldBeNull();
        errors.Select(error => error.Path).Distinct().ShouldBe([path]);
        string.Join('\n', errors).ShouldNotContain("do-not-print-me");
    }

    [Theory]
    [InlineData("""{"tenant":"a"}""", "$.tenant")]
    [InlineData("""{"secret":"x"}""", "$.secret")]
    [InlineData("""{"status":"deleted"}""", "$.status")]
    [InlineData("""{"status":"Active"}""", "$.status")]
    [InlineData("""{"url":"https://127.0.0.1/"}""", "$.url")]
    [InlineData("""{"events":[]}""", "$.events")]
    public void What_is_wrong_with_a_change_is_told_by_its_path(string json, string path) =>
        Build(json, Given.Endpoint(), Given.Secrets()).Errors.Select(error => error.Path).Distinct().ShouldBe([path]);

    [Fact]
    public void Everything_wrong_is_told_in_one_pass() =>
        Build("""{"url":"x","events":["a b"],"profile":"x","tenant":"","rate_limit":-1,"headers":{"Host":"x"}}""").Errors.Select(error => error.Path)
            .ShouldBe(["$.url", "$.events[0]", "$.profile", "$.tenant", "$.rate_limit", "$.headers.Host"], ignoreOrder: true);

    [Fact]
    public void A_blocked_address_says_so() => Build("""{"url":"https://169.254.169.254/latest","events":["a"]}""").Errors.ShouldHaveSingleItem().Reason.ShouldBe(DeadLetterReason.BlockedAddress);

    [Fact]
    public void A_new_endpoint_has_an_id_nobody_can_guess_and_a_secret_of_its_own()
    {
        var (one, two) = (Draft($"{{{Url},\"events\":[\"a\"]}}"), Draft($"{{{Url},\"events\":[\"a\"]}}"));

        one.Record.Id.ShouldMatch("^wh_[a-z0-9]{24}$");
        one.Record.Id.ShouldNotBe(two.Record.Id);
        one.Secrets.Secret.ShouldNotBeNull().Reveal().ShouldStartWith("whsec_");
        one.Secrets.Secret.ShouldNotBe(two.Secrets.Secret);
        (one.Record.Profile, one.Record.CreatedAt, one.Record.UpdatedAt).ShouldBe(("standard", Given.Now, Given.Now));
    }

    [Theory]
    [InlineData("""["job.completed"]""", null, "proposal")]
    [InlineData("""["job.*"]""", null, "standard")]
    [InlineData("""["*"]""", null, "standard")]
    [InlineData("""["job.completed"]""", "papr-batch", "papr-batch")]
    public void The_profile_is_the_one_that_is_named_or_the_family_s(string events, string? named, string profile) =>
        Draft($"{{{Url},\"events\":{events}{(named is null ? "" : $",\"profile\":\"{named}\"")}}}").Record.Profile.ShouldBe(profile);

    [Fact]
    public void The_profile_of_the_settings_comes_before_the_family_s()
    {
        var builder = new EndpointBuilder(Given.Catalog(), Given.Production, new EndpointOptions { DefaultProfile = "papr-batch" });
        var errors = new List<EnvelopeError>();

        builder.Build(null, null, new EndpointRequest { Url = "https://example.com/", Events = ["job.completed"] }, Given.Now, errors).ShouldNotBeNull().Profile.Name.ShouldBe("papr-batch");
    }

    [Fact]
    public void A_query_is_sealed_and_not_shown()
    {
        var draft = Draft("""{"url":"https://example.com/hook?token=in-the-query","events":["a"]}""");

        draft.Record.DisplayUrl.ShouldBe("https://example.com/hook");
        draft.Secrets.Url.Query.ShouldBe("?token=in-the-query");
        draft.Seal(new FakeSealer()).Sealed.ShouldNotBeEmpty();
    }

    [Fact]
    public void What_a_change_does_not_say_stays()
    {
        var before = Given.Endpoint(events: "a,b", profile: "proposal", tenant: "t", status: EndpointStatus.Disabled) with
        {
            Description = "mine",
            RateLimit = 5,
            DisabledReason = "410",
            DisabledAt = Given.Now,
            FailingSince = Given.Now,
            HasSuffered = true,
            Revision = 9,
        };

        var draft = Build("{}", before, Given.Secrets(), Given.Now.AddDays(1)).Draft.ShouldNotBeNull();

        draft.Record.ShouldBe(before with { Sealed = "", Events = draft.Record.Events, UpdatedAt = Given.Now.AddDays(1) });
        draft.Record.Events.ShouldBe(["a", "b"]);
        draft.Secrets.ShouldBe(Given.Secrets());
    }

    [Fact]
    public void A_change_says_what_it_says()
    {
        var before = Given.Endpoint() with { Description = "mine", RateLimit = 5 };

        var draft = Build("""{"url":"https://new.example/","events":["b","b"],"description":"","rate_limit":0,"headers":{"X-A":"1"}}""", before, Given.Secrets()).Draft.ShouldNotBeNull();

        (draft.Record.DisplayUrl, draft.Record.Description, draft.Record.RateLimit).ShouldBe(("https://new.example/", null, null));
        draft.Record.Events.ShouldBe(["b"]);
        draft.Secrets.Headers["X-A"].ShouldBe("1");
        draft.Secrets.Secret.ShouldBe(Given.Secrets().Secret);
    }

    [Fact]
    public void A_profile_whose_form_the_secret_has_not_is_refused_by_the_profile() =>
        Build("""{"profile":"standard"}""", Given.Endpoint(profile: "proposal"), Given.Secrets() with { Secret = new Posthorn.Signing.SigningSecret("do-not-print-me") })
            .Errors.ShouldHaveSingleItem().Path.ShouldBe("$.profile");

    [Fact]
    public void A_profile_that_does_not_sign_needs_no_secret() => Draft($"{{{Url},\"events\":[\"a\"],\"profile\":\"unsigned\"}}").Secrets.Secret.ShouldBeNull();

    [Fact]
    public void The_star_is_a_tenant() => Draft($"{{{Url},\"events\":[\"a\"],\"tenant\":\"*\"}}").Record.Tenant.ShouldBe("*");

    private static EndpointDraft Draft([StringSyntax(StringSyntaxAttribute.Json)] string json)
    {
        var (draft, errors) = Build(json);
        errors.ShouldBeEmpty();
        return draft.ShouldNotBeNull();
    }

    private static (EndpointDraft? Draft, IReadOnlyList<EnvelopeError> Errors) Build(
        [StringSyntax(StringSyntaxAttribute.Json)] string json, Endpoint? before = null, EndpointSecrets? secrets = null, DateTimeOffset? now = null)
    {
        var errors = new List<EnvelopeError>();
        var request = EndpointRequest.Read(Encoding.UTF8.GetBytes(json), isNew: before is null, errors);
        return (request is null ? null : Builder.Build(before, secrets, request, now ?? Given.Now, errors), errors);
    }
}
