using Posthorn.Settings;
using Posthorn.Tests.Support;
using Posthorn.Worker.Amqp;

namespace Posthorn.Tests.Worker.Amqp;

public class FrontDoorOptionsTests
{
    private readonly List<SettingError> _errors = [];

    [Fact]
    public void In_Development_it_listens_where_the_emulator_would_and_with_its_key()
    {
        var options = Read(isDevelopment: true);

        options.Urls.ShouldBe([new Uri("amqp://127.0.0.1:5672")]);
        options.IsDefaultUrl.ShouldBeTrue();
        (options.Queue, options.SharedAccessKeyName, options.SharedAccessKey?.Reveal()).ShouldBe(("batch-notifications", "RootManageSharedAccessKey", "SAS_KEY_VALUE"));
        _errors.ShouldBeEmpty();
    }

    [Fact]
    public void Elsewhere_it_does_not_listen()
    {
        Read(isDevelopment: false).Urls.ShouldBeEmpty();
        FrontDoorOptions.From(Given.Section(_errors), isDevelopment: true, isEmbedded: false).Urls.ShouldBeEmpty();
        Read(isDevelopment: true, ("url", "")).Urls.ShouldBeEmpty();
        _errors.ShouldBeEmpty();
    }

    [Fact]
    public void Several_addresses_have_commas_between()
    {
        Read(isDevelopment: true, ("url", "amqp://localhost, amqps://[::1]:7000"), ("certificate", "c.pem")).Urls.ShouldBe([new Uri("amqp://localhost:5672"), new Uri("amqps://[::1]:7000")]);
        _errors.ShouldBeEmpty();
    }

    [Theory]
    [InlineData("url", "http://127.0.0.1:5672")]
    [InlineData("url", "amqp://example.com")]
    [InlineData("url", "amqp://127.0.0.1/queue")]
    [InlineData("url", "amqp://user:pass@127.0.0.1")]
    [InlineData("url", "amqp://0.0.0.0")]
    [InlineData("queue", "")]
    [InlineData("queue", "-a")]
    [InlineData("queue", "a b")]
    [InlineData("keys", "x")]
    public void A_wrong_value_is_named(string key, string value)
    {
        Read(isDevelopment: true, (key, value), ("sharedAccessKey", "one of my own"));

        var error = _errors.ShouldHaveSingleItem();
        error.Key.ShouldBe(key);
        error.ToString().ShouldNotContain("pass@");
    }

    [Fact]
    public void Without_a_key_of_its_own_it_is_not_opened_outside_Development()
    {
        Read(isDevelopment: false, ("url", "amqp://127.0.0.1:5672"));

        _errors.ShouldHaveSingleItem().Key.ShouldBe("sharedAccessKey");
    }

    [Fact]
    public void The_key_that_everybody_knows_opens_nothing_beyond_this_machine()
    {
        Read(isDevelopment: true, ("url", "amqp://0.0.0.0:5672"), ("allowInsecure", "true"));

        _errors.ShouldHaveSingleItem().Key.ShouldBe("sharedAccessKey");
    }

    [Fact]
    public void Beyond_this_machine_it_needs_TLS_or_a_word_that_it_does_not()
    {
        Read(isDevelopment: false, ("url", "amqp://0.0.0.0:5672"), ("sharedAccessKey", "mine"), ("allowInsecure", "true")).IsInsecure.ShouldBeTrue();
        Read(isDevelopment: false, ("url", "amqps://0.0.0.0"), ("sharedAccessKey", "mine"), ("certificate", "c.pfx")).IsInsecure.ShouldBeFalse();
        _errors.ShouldBeEmpty();
        Read(isDevelopment: false, ("url", "amqps://0.0.0.0"), ("sharedAccessKey", "mine"));
        _errors.ShouldHaveSingleItem().Key.ShouldBe("certificate");
    }

    [Fact]
    public void The_key_is_never_shown() =>
        Read(isDevelopment: true, ("sharedAccessKey", "do-not-print-me"), ("certificatePassword", "do-not-print-me")).ToString().ShouldNotContain("do-not-print-me");

    private FrontDoorOptions Read(bool isDevelopment, params (string Key, string? Value)[] settings) => FrontDoorOptions.From(Given.Section(_errors, settings), isDevelopment, isEmbedded: true);
}
