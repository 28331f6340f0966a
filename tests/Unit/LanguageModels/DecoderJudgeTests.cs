using FluentAssertions;
using TorchSharp;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Decoders;
using TurkishLlm.Specification.LanguageModels.Reference;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.LanguageModels;

/// <summary>What a user sees who judges a module of their own.</summary>
[Collection(nameof(NonParallel))]
public sealed class DecoderJudgeTests
{
    [Fact]
    public void A_module_that_sees_the_future_is_refused_with_the_nearest_impostor()
    {
        var catalog = Only(["DEC-02", "DEC-03"], _ => Decoder.From(new LearnedGpt(leaks: true), vocabulary: 97, maxLength: 32));
        var judge = () => catalog.Verify();
        judge.Should().Throw<RequirementFailedException>().WithMessage("DEC-02*DEC-03*looks like: *");
    }

    [Fact]
    public void A_position_table_as_large_as_the_embedding_is_no_embedding()
    {
        var judgments = Only(
            ["DEC-03", "DEC-07"], _ => Decoder.From(new LearnedGpt(maxLength: 97), vocabulary: 97, maxLength: 97)).Judge();
        judgments.Should().OnlyContain(judgment => judgment.Verdict.Holds && !judgment.Verdict.IsSkipped);
    }

    [Fact]
    public void A_projection_that_begins_at_zero_hides_no_bug_and_is_none()
    {
        var requirements = new[] { "DEC-02", "DEC-03", "DEC-16" };
        Only(requirements, _ => Decoder.From(ZeroHead(leaks: false), vocabulary: 97, maxLength: 32)).Verify();
        Only(requirements, _ => Decoder.From(ZeroHead(leaks: true), vocabulary: 97, maxLength: 32))
            .Judge().Count(judgment => !judgment.Verdict.Holds).Should().Be(8, "DEC-02 and DEC-03 have four cases each");
    }

    [Fact]
    public void What_a_decoder_does_not_state_is_skipped_with_the_reason()
    {
        var judgments = Judge.Decoder(_ =>
        {
            var module = new LearnedGpt(dropout: 0);
            return new() { Logits = module.forward, Vocabulary = 97, MaxLength = 32, Owned = module };
        }).Judge();
        judgments.Should().OnlyContain(judgment => judgment.Verdict.Holds);
        var skipped = judgments.Where(judgment => judgment.Verdict.IsSkipped).Select(judgment => judgment.Requirement.Id);
        skipped.Distinct().Should().Equal(
            "DEC-03", "DEC-07", "DEC-08", "DEC-09", "DEC-10", "DEC-11", "DEC-12", "DEC-14", "DEC-16", "DEC-17", "DEC-18",
            "DEC-19", "DEC-20", "DEC-23", "DEC-24");
    }

    [Fact]
    public void A_table_that_is_made_at_the_first_call_survives_every_step()
    {
        var judgments = Only(
            ["DEC-17", "DEC-18", "DEC-20", "DEC-26"],
            _ => Decoder.From(new LazyTableGpt(), vocabulary: 97, maxLength: 32)).Judge();
        judgments.Where(judgment => !judgment.Verdict.Holds || judgment.Verdict.IsSkipped)
            .Select(judgment => $"{judgment.Requirement.Id}: {judgment.Verdict.Evidence}").Should().BeEmpty();
    }

    [Theory]
    [InlineData(1, true)]
    [InlineData(2, false)]
    [InlineData(7, false)]
    [InlineData(16, false)]
    public void Padding_of_a_decoder_of_short_texts_is_judged_if_a_text_with_padding_fits(int maxLength, bool skipped)
    {
        var judgments = Only(["DEC-08"], seed => ReferenceGpt.CreateDecoder(seed, new() { MaxLength = maxLength })).Judge();
        judgments.Should().HaveCount(3).And.OnlyContain(
            judgment => judgment.Verdict.Holds && judgment.Verdict.IsSkipped == skipped);
    }

    [Fact]
    public void A_number_type_without_tolerances_is_refused()
    {
        var judgment = Only(
            ["DEC-02"], seed => ReferenceGpt.CreateDecoder(seed) with { NumberType = torch.ScalarType.Float16 }).Judge()[0];
        judgment.Verdict.Holds.Should().BeFalse();
        judgment.Verdict.Evidence.Should().Contain(
            "The decoder computes in Float16. There are tolerances for Float32, BFloat16 and Float64.");
    }

    [Fact]
    public void A_decoder_that_cannot_be_moved_is_disposed()
    {
        var disposed = 0;
        var judgments = Only(["DEC-02"], seed => ReferenceGpt.CreateDecoder(seed) with
        {
            MoveTo = _ => throw new NotSupportedException("It cannot be moved."),
            Owned = new OnDispose(() => disposed++),
        }).Judge();
        judgments.Should().OnlyContain(judgment => judgment.Verdict.Crashed);
        disposed.Should().Be(judgments.Count);
    }

    private sealed class OnDispose(Action action) : IDisposable
    {
        public void Dispose() => action();
    }

    private static Catalog Only(string[] ids, Func<long, Decoder> create)
    {
        var all = Judge.Decoder(create);
        return all.Except([.. all.Select(requirement => requirement.Id).Except(ids)]);
    }

    private static LearnedGpt ZeroHead(bool leaks)
    {
        var module = new LearnedGpt(leaks: leaks);
        using var grad = torch.no_grad();
        module.get_parameter("_head.weight")!.zero_();
        return module;
    }
}
