using FluentAssertions;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Model;
using TurkishLlm.Tests.Unit.Training;
using TurkishLlm.Tokenization;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>The vocabulary that requirements see which train small models.</summary>
[Collection(nameof(NonParallel))]
public sealed class SmallVocabularyTests : IDisposable
{
    private const int AddedTokens = 40;
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Canonical_cases_have_the_first_tokens_of_a_large_vocabulary_and_plan_cases_all()
    {
        using var at = new RunConditions(CreatePlan());
        var seen = new List<(string Case, Conditions At)>();
        var requirement = new Requirement<string, string>
        {
            Id = "TST-01",
            Statement = "The conditions are recorded.",
            Source = "this test",
            CanonicalCases = ["canonical"],
            PlanCases = _ => ["plan"],
            CanonicalConditions = conditions => conditions.WithSmallVocabulary,
            Subject = (c, _) => c,
            Holds = (_, c, conditions) =>
            {
                seen.Add((c, conditions));
                return Verdict.Equal(1, 1, "nothing");
            },
            Impostors = new() { ["an impostor"] = (c, _) => c },
        };

        requirement.Judge(0, at);
        requirement.JudgeImpostor("an impostor", 0, at);
        requirement.Judge(1, at);
        requirement.For((c, _) => c).Judge(0, at);
        requirement.For((c, _) => c).Judge(1, at);

        seen.Select(judged => judged.Case).Should().Equal("canonical", "canonical", "plan", "canonical", "plan");
        seen[2].At.Should().BeSameAs(at);
        seen[3].At.Should().BeSameAs(seen[0].At);
        seen[4].At.Should().BeSameAs(at);
        seen[1].At.Should().BeSameAs(seen[0].At, "the files are written once");
        AssertSmall(seen[0].At, at);
    }

    [Theory]
    [InlineData(0, 0, 0.1)]
    [InlineData(0, 300, null)]
    [InlineData(301, 300, null)]
    public void A_fine_tuning_run_with_epochs_has_a_small_vocabulary_too(long steps, long warmup, double? ratio)
    {
        var text = CreatePlan();
        using var at = new RunConditions(text with
        {
            Sft = new SftPlan([new("erp", Path.Combine(ReferenceRun.Fixtures, "sft", "erp.jsonl"))]),
            Training = text.Training with { Epochs = 2.5, Steps = steps },
            Optimizer = text.Optimizer with { WarmupSteps = warmup, WarmupRatio = ratio },
        });

        var small = ((RunConditions)at.WithSmallVocabulary).Plan;

        (small.Sft, small.Training.Epochs).Should().Be((null, null));
        small.Training.Steps.Should().BeGreaterThan(small.Optimizer.WarmupSteps);
        AssertSmall(at.WithSmallVocabulary, at);
    }

    private static void AssertSmall(Conditions small, Conditions whole)
    {
        var size = whole.Tokenizer.VocabularySize - AddedTokens;
        small.Tokenizer.VocabularySize.Should().Be(size);
        small.Model.VocabSize.Should().Be(size);
        small.Tokenizer.Merges.Should().Equal(whole.Tokenizer.Merges.SkipLast(AddedTokens));
        small.Tokenizer.AddedTokens.Should().Equal(whole.Tokenizer.AddedTokens);
        small.Data.Verify(TestContext.Current.CancellationToken);
        foreach (var (few, all) in new[] { (small.Data.Train, whole.Data.Train), (small.Data.Validation, whole.Data.Validation) })
        {
            var (fewIds, allIds) = (new ushort[few.Count], new ushort[Math.Min(all.Count, 5_000)]);
            few.Read(0, fewIds);
            all.Read(0, allIds);
            var text = whole.Tokenizer.Decode(allIds.Select(id => (int)id));
            small.Tokenizer.Decode(fewIds.Select(id => (int)id)).Should().StartWith(text[..^20]);
            fewIds[^1].Should().Be(SpecialTokens.EndOfText);
        }
    }

    private TrainingPlan CreatePlan()
    {
        var tokenizer = ReferenceRun.Conditions.Tokenizer.WithAddedTokens(
            [.. Enumerable.Range(0, AddedTokens).Select(i => FormattableString.Invariant($"<|added_{i}|>"))]);
        var data = new DataPlan(_folder / "tokenizer", _folder / "shards");
        tokenizer.Save(data.Tokenizer);
        CorpusPreparation.Prepare(
            tokenizer, new CorpusOptions(Path.Combine(ReferenceRun.Fixtures, "text"), data.Shards, validationShare: 0.05));
        return ReferenceRun.Plan with { Model = ReferenceRun.Plan.Model.With(vocabSize: tokenizer.VocabularySize), Data = data };
    }
}
