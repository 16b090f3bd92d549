using Microsoft.Extensions.Time.Testing;
using Posthorn.Signing;
using Posthorn.Worker.Sealing;

namespace Posthorn.Tests.Worker.Sealing;

public sealed class RecentSealsTests
{
    private readonly FakeTimeProvider _clock = new();
    private readonly CountingSealer _inner = new();
    private readonly RecentSeals _seals;

    public RecentSealsTests() => _seals = new RecentSeals(_inner, _clock);

    [Fact]
    public void A_text_is_sealed_once_a_minute()
    {
        var first = _seals.Seal("whsec_a");
        _clock.Advance(TimeSpan.FromSeconds(59));
        _seals.Seal("whsec_a").ShouldBe(first);
        _seals.Seal("whsec_b").ShouldNotBe(first);
        _inner.Sealed.ShouldBe(2);

        _clock.Advance(TimeSpan.FromSeconds(1));
        _seals.Seal("whsec_a").ShouldNotBe(first);
        _inner.Sealed.ShouldBe(3);
    }

    [Fact]
    public void A_seal_is_opened_once_a_minute()
    {
        var seal = _inner.Seal("whsec_a");
        for (var second = 0; second < 60; second++)
        {
            _seals.Unseal(seal).ShouldBe("whsec_a");
            _clock.Advance(TimeSpan.FromSeconds(1));
        }

        _inner.Opened.ShouldBe(1);
        _seals.Unseal(seal).ShouldBe("whsec_a");
        _inner.Opened.ShouldBe(2);
    }

    [Fact]
    public void What_it_sealed_itself_is_opened_all_the_same()
    {
        _seals.Unseal(_seals.Seal("probe")).ShouldBe("probe");
        _inner.Opened.ShouldBe(1); // A worker that starts seals and opens to see that it can.
    }

    [Fact]
    public void What_cannot_be_opened_is_tried_anew_each_time()
    {
        Should.Throw<SecretUnavailableException>(() => _seals.Unseal("rubbish"));
        Should.Throw<SecretUnavailableException>(() => _seals.Unseal("rubbish"));
        _inner.Opened.ShouldBe(2);
    }

    [Fact]
    public void Neither_many_texts_nor_a_long_one_is_kept()
    {
        var first = _seals.Seal("0");
        for (var n = 1; n < 1000; n++) _seals.Seal($"{n}");
        _seals.Seal("0").ShouldNotBe(first);

        var text = new string('x', 5000);
        _seals.Seal(text).ShouldNotBe(_seals.Seal(text));
    }

    private sealed class CountingSealer : ISecretSealer
    {
        public int Sealed { get; private set; }

        public int Opened { get; private set; }

        public string Seal(string plaintext) => $"{++Sealed}.{plaintext}";

        public string Unseal(string sealedText)
        {
            Opened++;
            return sealedText.Split('.') is [_, var text] ? text : throw new SecretUnavailableException("it cannot be opened");
        }
    }
}
