using Posthorn.Envelopes;
using Posthorn.Signing;
using Posthorn.Tests.Support;

namespace Posthorn.Tests.Signing;

public class CredentialResolverTests
{
    private static readonly Destination Referring = new() { Url = new Uri("https://example.com/"), SecretRef = "config:papr", BearerTokenRef = "config:token" };

    [Fact]
    public void A_reference_is_one_secret_of_the_configuration()
    {
        var credentials = Resolve(Referring, ("secrets:papr", "one"), ("secrets:token", "two"));

        credentials.Secrets.ShouldHaveSingleItem().Reveal().ShouldBe("one");
        credentials.BearerToken.ShouldNotBeNull().Reveal().ShouldBe("two");
    }

    [Fact]
    public void While_a_secret_rotates_the_reference_is_a_list_with_the_newest_first() =>
        Resolve(Referring, ("secrets:papr:0", "new"), ("secrets:papr:1", "old"), ("secrets:token", "two")).Secrets.Select(secret => secret.Reveal()).ShouldBe(["new", "old"]);

    [Theory]
    [InlineData("config:absent")]
    [InlineData("vault:papr")]
    [InlineData("nowhere")]
    public void Fault_55_a_secret_that_is_not_there_is_unavailable_and_never_nothing(string reference) =>
        Should.Throw<SecretUnavailableException>(() => Resolve(Referring with { SecretRef = reference }, ("secrets:papr", "one"), ("secrets:token", "two")));

    [Fact]
    public void Fault_55_a_seal_that_cannot_be_opened_is_unavailable() =>
        Should.Throw<SecretUnavailableException>(() => Resolve(new Destination { Url = new Uri("https://example.com/"), Sealed = "!" }));

    [Fact]
    public void Fault_55_a_seal_over_something_else_is_unavailable() =>
        Should.Throw<SecretUnavailableException>(() => Resolve(new Destination { Url = new Uri("https://example.com/"), Sealed = new FakeSealer().Seal("not ours") }));

    [Fact]
    public void No_secret_is_no_signature() => Resolve(new Destination { Url = new Uri("https://example.com/") }).Secrets.ShouldBeEmpty();

    private static Credentials Resolve(Destination destination, params (string Key, string? Value)[] settings) =>
        Given.CredentialsOf(destination, settings);
}
