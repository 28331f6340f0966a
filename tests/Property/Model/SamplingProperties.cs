using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Spec.Model;
using TurkishLlm.Spec.Training;
using TurkishLlm.Specification.LanguageModels.Functions;

namespace TurkishLlm.Tests.Property.Model;

/// <summary>Sampler options, stop conditions and kept caches, for random values.</summary>
public sealed class SamplingProperties
{
    private static readonly Arbitrary<DistributionCase> Options = Arb.From(
        from vocabulary in Gen.Choose(2, 60)
        from temperature in Gen.Choose(10, 400)
        from topK in Gen.Choose(0, 70)
        from topP in Gen.Choose(1, 100)
        from penalty in Gen.Choose(50, 300)
        from chosen in Gen.Choose(0, 8).SelectMany(count => Gen.ArrayOf(Gen.Choose(0, vocabulary - 1), count))
        select new DistributionCase(vocabulary, temperature / 100.0, topK, topP / 100.0, penalty / 100.0, chosen),
        c =>
            [
                .. c.Chosen.Count > 0 ? [c with { Chosen = [.. c.Chosen.SkipLast(1)] }] : Array.Empty<DistributionCase>(),
                .. c.TopK > 0 ? [c with { TopK = 0 }] : Array.Empty<DistributionCase>(),
                .. c.TopP < 1 ? [c with { TopP = 1 }] : Array.Empty<DistributionCase>(),
            ]);

    private static readonly Arbitrary<GenerationCase> Lengths = Arb.From(
        from prompt in Gen.Choose(1, 12)
        from tokens in Gen.Choose(2, 16)
        select new GenerationCase(prompt, tokens),
        c =>
            [
                .. c.Prompt > 1 ? [c with { Prompt = 1 }] : Array.Empty<GenerationCase>(),
                .. c.Tokens > 2 ? [c with { Tokens = c.Tokens / 2 + 1 }] : Array.Empty<GenerationCase>(),
            ]);

    private static readonly Arbitrary<SharedPrefixCase> Texts = Arb.From(
        from texts in Gen.NonEmptyListOf(from kept in Gen.Choose(0, 20) from own in Gen.Choose(0, 9) select (kept, own))
        let some = texts.Take(6).ToArray()
        select new SharedPrefixCase([
            .. some.Select((text, i) => (i == 0 ? 0 : text.kept, i == 0 || text.kept == 0 ? Math.Max(1, text.own) : text.own)),
        ]),
        c => c.Texts.Count > 1 ? [new SharedPrefixCase([.. c.Texts.SkipLast(1)])] : []);

    // Letters that are often alike, so that beginnings of stop texts are frequent.
    private static readonly Gen<string> Letters =
        from count in Gen.Choose(1, 4)
        from letters in Gen.ArrayOf(Gen.Elements('a', 'ş', 'b'), count)
        select new string(letters);

    [Fact]
    public void GEN_09_every_option_is_followed() => SamplerSpec.GEN_09_EveryOption.HoldsFor(Options, count: 300);

    [Fact]
    public void P44_generation_stops() => GenerationSpec.P44_MostTokens.HoldsFor(Lengths, count: 20);

    [Fact]
    public void GEN_15_generation_can_be_cancelled() => PrefixCacheSpec.GEN_15_Cancellation.HoldsFor(Lengths, count: 20);

    [Fact]
    public void GEN_13_a_kept_cache_changes_no_logit() => PrefixCacheSpec.GEN_13_KeptCache.HoldsFor(Texts, count: 30);

    [Fact]
    public void GEN_16_a_text_ends_before_a_stop_however_it_is_cut() => Prop.ForAll(
        Arb.From(
            from pieces in Gen.NonEmptyListOf(Letters)
            from stops in Gen.NonEmptyListOf(Letters)
            select (Pieces: pieces.ToArray(), Stops: stops.Take(3).ToArray())),
        c =>
            (
                ChatSessionSpec.GEN_16_StopTexts.Subject(null!, null!)(c.Pieces, c.Stops)
                == Cut(string.Concat(c.Pieces), c.Stops)
            ).Label($"{string.Join('|', c.Pieces)} before {string.Join(" or ", c.Stops)}"))
        .Check(Config.QuickThrowOnFailure.WithMaxTest(500).WithQuietOnSuccess(true));

    [Fact]
    public void Greedy_and_top_k_of_one_take_the_most_likely_token() => Prop.ForAll(
        Arb.From(
            from logits in Gen.NonEmptyListOf(Gen.Choose(-400, 400))
            from seed in Gen.Choose(0, 1000)
            select (Logits: logits.Select(logit => logit / 100f).ToArray(), Seed: seed)),
        c =>
        {
            var best = Array.IndexOf(c.Logits, c.Logits.Max());
            return new TokenSampler(SamplingOptions.Greedy(1)).Sample(c.Logits) == best
                && new TokenSampler(new SamplingOptions { TopK = 1, Temperature = 2, Seed = c.Seed }).Sample(c.Logits) == best
                && new TokenSampler(new SamplingOptions { TopK = 0, TopP = 1e-9, Seed = c.Seed }).Sample(c.Logits) == best;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(200).WithQuietOnSuccess(true));

    // The stop that is complete first, of those the longest.
    private static string Cut(string text, string[] stops)
    {
        for (var end = 1; end <= text.Length; end++)
            if (stops.Where(stop => text[..end].EndsWith(stop, StringComparison.Ordinal)).MaxBy(stop => stop.Length) is { } found)
                return text[..(end - found.Length)];
        return text;
    }
}
