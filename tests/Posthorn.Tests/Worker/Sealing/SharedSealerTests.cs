using System.Buffers.Text;
using System.Text;
using Microsoft.Extensions.Time.Testing;
using Posthorn.Signing;
using Posthorn.Tests.Support;
using Posthorn.Worker.Sealing;

namespace Posthorn.Tests.Worker.Sealing;

/// <summary>Seals that every replica with the same keys opens, and nobody else.</summary>
public sealed class SharedSealerTests
{
    private const string Plain = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    private static readonly string First = KeyOf(1);
    private static readonly string Second = KeyOf(2);
    private readonly FakeTimeProvider _clock = new(Given.Now);

    /// <summary>The parts of a seal that may be damaged, by their place in its box.</summary>
    public static TheoryData<int> Places => [0, 15, 16, 27, 28, 43, 44, 44 + Plain.Length - 1];

    [Theory]
    [InlineData("")]
    [InlineData("x")]
    [InlineData(Plain)]
    [InlineData("é, 日本, 🦆 and \0")]
    public void Two_sealers_with_the_same_key_open_each_other_s_seals(string plain)
    {
        var (here, there) = (Sealer(First), Sealer(First));

        there.Unseal(here.Seal(plain)).ShouldBe(plain);
        here.Unseal(there.Seal(plain)).ShouldBe(plain);
    }

    [Fact]
    public void A_seal_is_printable_ASCII_and_holds_neither_the_text_nor_the_key()
    {
        var seal = Sealer(First).Seal(Plain);

        seal.ShouldAllBe(c => char.IsAsciiLetterOrDigit(c) || c == '.' || c == '-' || c == '_');
        foreach (var never in new[] { Plain, First, First.TrimEnd('='), Base64Url.EncodeToString(Convert.FromBase64String(First)) }) seal.ShouldNotContain(never);
        Encoding.Latin1.GetString(BoxOf(seal)).ShouldNotContain(Plain);
    }

    [Fact]
    public void The_same_text_is_never_sealed_the_same_way_twice()
    {
        var sealer = Sealer(First);
        var boxes = Enumerable.Range(0, 1000).Select(_ => Convert.ToHexString(BoxOf(sealer.Seal(Plain)))).ToList();

        boxes.Select(box => box[..32]).Distinct().Count().ShouldBe(1000, "salts");
        boxes.Select(box => box[32..56]).Distinct().Count().ShouldBe(1000, "nonces");
        boxes.Select(box => box[88..]).Distinct().Count().ShouldBe(1000, "what was sealed");
    }

    [Fact]
    public void An_old_key_still_opens_and_the_newest_seals()
    {
        var (before, after) = (Sealer(First), Sealer($"{Second},{First}"));

        after.Unseal(before.Seal(Plain)).ShouldBe(Plain);
        Sealer(Second).Unseal(after.Seal(Plain)).ShouldBe(Plain);
        Should.Throw<SecretUnavailableException>(() => before.Unseal(after.Seal(Plain)));
    }

    [Fact]
    public void Fault_55_a_seal_of_another_key_is_unavailable_and_opens_again_when_the_key_is_back()
    {
        var seal = Sealer(First).Seal(Plain);

        Should.Throw<SecretUnavailableException>(() => Sealer(Second).Unseal(seal)).Message.ShouldBe("the sealed secret was sealed with a key that is not among those of sealing:key");

        Sealer($"{Second} {First}").Unseal(seal).ShouldBe(Plain);
    }

    [Theory]
    [MemberData(nameof(Places))]
    public void Fault_55_a_seal_with_one_bit_changed_is_unavailable(int place)
    {
        var sealer = Sealer(First);
        var seal = sealer.Seal(Plain);
        var box = BoxOf(seal);
        box[place] ^= 1;

        Should.Throw<SecretUnavailableException>(() => sealer.Unseal(HeadOf(seal) + Base64Url.EncodeToString(box))).Message.ShouldBe("the sealed secret is damaged");
    }

    [Fact]
    public void Fault_55_a_seal_that_is_cut_anywhere_is_unavailable()
    {
        var sealer = Sealer(First);
        var seal = sealer.Seal(Plain);

        for (var length = 0; length < seal.Length; length++) Should.Throw<SecretUnavailableException>(() => sealer.Unseal(seal[..length]));
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("psk1.")]
    [InlineData("psk1..")]
    [InlineData("psk1.unknown.AAAA")]
    [InlineData("CfDJ8Nothing")]
    [InlineData("é")]
    public void Fault_55_what_is_no_seal_is_unavailable(string text) => Should.Throw<SecretUnavailableException>(() => Sealer(First).Unseal(text));

    [Theory]
    [InlineData("")]
    [InlineData("!")]
    [InlineData("AAAA")]
    [InlineData("é")]
    public void Fault_55_what_is_no_box_under_a_known_key_is_unavailable(string box)
    {
        var sealer = Sealer(First);

        Should.Throw<SecretUnavailableException>(() => sealer.Unseal(HeadOf(sealer.Seal(Plain)) + box)).Message.ShouldBe("the sealed secret is damaged");
    }

    [Fact]
    public void A_seal_moved_under_the_name_of_another_key_is_unavailable()
    {
        var both = Sealer($"{First},{Second}");
        var (one, other) = (Sealer(First).Seal(Plain), Sealer(Second).Seal(Plain));

        Should.Throw<SecretUnavailableException>(() => both.Unseal(HeadOf(other) + one[HeadOf(one).Length..]));
    }

    [Fact]
    public void What_a_key_ring_sealed_before_there_was_a_key_is_opened_with_the_ring()
    {
        var ring = new FakeSealer();
        var sealer = new SharedSealer(Keys(First), read: null, ring, _clock);

        sealer.Unseal(ring.Seal(Plain)).ShouldBe(Plain);
        sealer.Seal(Plain).ShouldStartWith("psk1.");
    }

    [Fact]
    public void Fault_69_no_refusal_holds_a_key_or_what_was_sealed()
    {
        var sealer = Sealer(First);
        var seal = sealer.Seal(Plain);
        var cut = seal[..^4];

        foreach (var text in new[] { cut, Sealer(Second).Seal(Plain), "psk1.", "" })
        {
            var refusal = Should.Throw<SecretUnavailableException>(() => sealer.Unseal(text)).ToString();
            foreach (var never in new[] { First, Plain, cut }) refusal.ShouldNotContain(never);
        }
    }

    [Fact]
    public async Task A_key_that_another_replica_has_already_is_read_and_opens_the_next_attempt()
    {
        var reads = 0;
        var sealer = new SharedSealer(Keys(First), () => Task.FromResult(Keys($"{Second},{(++reads > 0 ? First : "")}")), before: null, _clock);
        var seal = Sealer(Second).Seal(Plain);

        Should.Throw<SecretUnavailableException>(() => sealer.Unseal(seal));
        reads.ShouldBe(0, "the keys were read a moment ago");
        _clock.Advance(TimeSpan.FromSeconds(15));
        Should.Throw<SecretUnavailableException>(() => sealer.Unseal(seal));
        await sealer.Reading;

        sealer.Unseal(seal).ShouldBe(Plain);
        Sealer(Second).Unseal(sealer.Seal(Plain)).ShouldBe(Plain, "and it seals with it");
        reads.ShouldBe(1);
    }

    [Fact]
    public async Task Rubbish_does_not_make_it_read_the_keys_more_often_than_every_fifteen_seconds()
    {
        var reads = 0;
        var sealer = new SharedSealer(Keys(First), () => Task.FromResult(Keys(++reads > 0 ? First : "")), before: null, _clock);

        for (var second = 0; second < 60; second++)
        {
            _clock.Advance(TimeSpan.FromSeconds(1));
            for (var i = 0; i < 10; i++) Should.Throw<SecretUnavailableException>(() => sealer.Unseal("psk1.unknown.AAAA"));
            await sealer.Reading;
        }

        reads.ShouldBe(4);
    }

    [Fact]
    public async Task Keys_that_cannot_be_read_again_leave_those_of_before()
    {
        var sealer = new SharedSealer(Keys(First), () => throw new SecretUnavailableException("away"), before: null, _clock);
        var seal = sealer.Seal(Plain);
        _clock.Advance(TimeSpan.FromSeconds(15));
        Should.Throw<SecretUnavailableException>(() => sealer.Unseal("psk1.unknown.AAAA"));

        await sealer.Reading;

        sealer.Unseal(seal).ShouldBe(Plain);
    }

    private static string KeyOf(byte seed) => Convert.ToBase64String([.. Enumerable.Repeat(seed, 32)]);

    private static IReadOnlyList<SealingKey> Keys(string text) => SealingKey.ReadAll(text).ShouldNotBeNull();

    private SharedSealer Sealer(string keys) => new(Keys(keys), read: null, before: null, _clock);

    private static string HeadOf(string seal) => seal[..(seal.LastIndexOf('.') + 1)];

    private static byte[] BoxOf(string seal) => Base64Url.DecodeFromChars(seal.AsSpan(seal.LastIndexOf('.') + 1));
}
