using System.Globalization;
using FluentAssertions;
using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels;
using TurkishLlm.Specification.LanguageModels.Decoders;
using TurkishLlm.Specification.LanguageModels.Loops;
using TurkishLlm.Specification.LanguageModels.Reference;
using TurkishLlm.Specification.Xunit;
using TurkishLlm.Tests.Unit.LanguageModels;
using TurkishLlm.Tests.Unit.Training;
using Xunit.Sdk;

namespace TurkishLlm.Tests.Unit.Packages;

/// <summary>Random cases of the package, on references and on a wrong decoder.</summary>
[Collection(nameof(NonParallel))]
public sealed class RandomCaseTests
{
    // The second number, the step of the generator, must look random.
    private static readonly Rnd Seed = new(11, 0x9E3779B97F4A7C15);

    private static readonly Requirement<LoopCase, LoopSubject>[] LoopRequirements =
    [
        .. Judge.Loop(ReferenceLoop.Facts, options => new ReferenceLoop(options)).OfType<Requirement<LoopCase, LoopSubject>>(),
    ];

    public static TheoryData<string> DecoderIds() => [.. DecoderRequirements.All.Select(requirement => requirement.Id)];

    public static TheoryData<string> LoopIds() => [.. LoopRequirements.Select(requirement => requirement.Id)];

    [Theory, MemberData(nameof(DecoderIds))]
    public void The_reference_holds_for_random_texts(string id) =>
        DecoderRequirements.All.Single(requirement => requirement.Id == id).HoldsFor(Cases.Decoder, count: 2);

    [Theory, MemberData(nameof(LoopIds))]
    public void The_reference_holds_for_random_steps(string id) =>
        LoopRequirements.Single(requirement => requirement.Id == id).HoldsFor(Cases.Loop, count: 2);

    [Theory, MemberData(nameof(DecoderIds))]
    public void Random_texts_show_every_bug(string id) =>
        RequireRefuted(DecoderRequirements.All.Single(requirement => requirement.Id == id), Cases.Decoder, count: 1);

    [Theory, MemberData(nameof(LoopIds))]
    public void Random_steps_show_every_bug(string id) =>
        RequireRefuted(LoopRequirements.Single(requirement => requirement.Id == id), Cases.Loop, count: 2);

    [Fact]
    public void A_failure_prints_the_smallest_case_the_evidence_and_the_seed()
    {
        var leaking = CausalityRequirements.Causal.For((_, _) => _ => Decoder.From(
            new LearnedGpt(leaks: true), vocabulary: 97, maxLength: 32));
        var judge = () => leaking.HoldsFor(Cases.Decoder, count: 8, replay: (5, 7));
        var first = judge.Should().Throw<Exception>().Which.Message;
        first.Should().Contain("DecoderCase { Rows = 2, Time = 3 }").And.Contain("DEC-02").And.Contain("(5,7)")
            .And.MatchRegex(@"change of logits before the changed tokens .* = [\d.]+, allowed");
        judge.Should().Throw<Exception>().Which.Message.Should().Be(first);
    }

    [Fact]
    public void A_requirement_that_no_case_judges_is_a_skipped_test()
    {
        try
        {
            CacheRequirements.TokenByToken
                .For((_, _) => _ => Decoder.From(new LearnedGpt(), vocabulary: 97, maxLength: 32))
                .HoldsFor(Cases.Decoder, count: 2);
        }
        catch (SkipException skip)
        {
            skip.Message.Should().EndWith("the decoder has no cache").And.NotContain("skipped:");
            return;
        }
        Assert.Fail("It was not skipped.");
    }

    [Fact]
    public void Random_steps_have_micro_batches_with_unequal_numbers_of_targets()
    {
        var cases = Cases.Loop.Generator.Sample(50);
        cases.Should().OnlyContain(c => c.Steps.Count >= 2 && c.Steps.Count <= 3);
        cases.SelectMany(c => c.Steps).Should().OnlyContain(step => CountTargets(step).Distinct().Count() > 1);
        cases.SelectMany(c => Cases.Loop.Shrinker(c)).Should().OnlyContain(c => c.Steps.Count == 2);
    }

    private static IEnumerable<int> CountTargets(string step) =>
        step.Split('|').Select(rows => rows.Split(' ').Sum(count => int.Parse(count, CultureInfo.InvariantCulture)));

    // A generator of cases on which bugs are invisible would judge nothing. The seed is fixed, because the numbers of a random
    // step can make up for a bug: it was seen once in a thousand.
    private static void RequireRefuted<TCase, TSubject>(
        Requirement<TCase, TSubject> requirement, Arbitrary<TCase> cases, int count)
        where TCase : notnull
    {
        foreach (var name in requirement.ImpostorNames)
        {
            var verdicts = cases.Generator.Sample(count, Seed, 50)
                .Select(c => (Case: c, Verdict: requirement.For(requirement.Impostors[name]).Judge(c, Conditions.Cpu))).ToArray();
            verdicts.Should().NotContain(entry => entry.Verdict.Crashed, "{0}: \"{1}\"", requirement, name);
            verdicts.Should().Contain(entry => !entry.Verdict.Holds, "{0}: \"{1}\"", requirement, name);
        }
    }
}
