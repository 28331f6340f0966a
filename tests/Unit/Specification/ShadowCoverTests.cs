using FluentAssertions;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Spec.Training;
using TurkishLlm.Specification;
using TurkishLlm.Tests.Shared;
using TurkishLlm.Tests.Unit.Training;

namespace TurkishLlm.Tests.Unit.Specification;

/// <summary>
/// The shadow run over a covering array of the features of a plan: any two levels of any two features meet in some row, unless
/// a rule excludes them.
/// </summary>
[Collection(nameof(NonParallel))]
public sealed class ShadowCoverTests
{
    private static readonly string[] Objectives =
        ["text", "conversations", "packed", "mixture", "packed mixture", "dpo", "orpo", "kto", "reward"];

    private static readonly (string Name, int Levels)[] Features =
    [
        ("objective", 9), ("start", 4), ("event", 4), ("steps before", 2), ("accumulation", 2), ("adapter", 2), ("frozen", 2),
        ("multipliers", 2), ("untied", 2), ("bfloat16", 2), ("ranks", 2),
        ("stable decay", 2), ("Muon", 2), ("averaged", 2), ("recomputed", 2),
    ];

    // What the plan refuses, with its reason.
    private static readonly (string Reason, Func<ShadowCase, bool> Excludes)[] Rules =
    [
        ("DPO, KTO and a reward model need trained weights",
            c => c.Start == ShadowStart.Random
                && c.Objective is ShadowObjective.Dpo or ShadowObjective.Kto or ShadowObjective.Reward),
        ("a new reward head has no moments", c => c is { Objective: ShadowObjective.Reward, Start: ShadowStart.WithMoments }),
        ("an adapter has no reward head", c => c is { Objective: ShadowObjective.Reward, Adapter: true }),
        ("an adapter adapts trained weights", c => c is { Adapter: true, Start: ShadowStart.Random }),
        ("a new adapter has no moments", c => c is { Adapter: true, Start: ShadowStart.WithMoments }),
        ("an adapter does not train new tokens", c => c is { Adapter: true, Start: ShadowStart.Grown }),
        ("with an adapter, no weight of the model is trained", c => c is { Adapter: true, Frozen: true }),
        ("Muon updates whole matrices, not those of an adapter", c => c is { Adapter: true, Muon: true }),
        ("only a warm start counts earlier steps", c => c is { StepsBefore: > 0, Start: ShadowStart.Random }),
    ];

    private static readonly PairwiseCover Cover = new(
        [.. Features.Select(feature => feature.Levels)], row => !Rules.Any(rule => rule.Excludes(CreatePartial(row))));

    public static TheoryData<int> Rows() => [.. Enumerable.Range(0, Cover.Rows.Count)];

    [Theory, MemberData(nameof(Rows))]
    public void Replays(int row)
    {
        var c = Create(Cover.Rows[row]);
        var verdict = ShadowRunSpec.SHD_01_Text.Judge(c, ReferenceRun.Conditions);
        verdict.Holds.Should().BeTrue("{0}: {1}", c, verdict.Evidence);
    }

    /// <summary>
    /// Two of five rows in a step: an epoch ends with step 40, and not with step 41, although 82 ÷ 5 ÷ 41 · 40 is less than 16 in
    /// float64.
    /// </summary>
    [Fact]
    public void Knows_where_an_epoch_ends()
    {
        var c = new ShadowCase(ShadowObjective.Conversations) { Start = ShadowStart.Trained, StepsBefore = 40, Steps = 1 };
        var verdict = ShadowRunSpec.SHD_02_Conversations.Judge(c, ReferenceRun.Conditions);
        verdict.Holds.Should().BeTrue(verdict.Evidence);
    }

    [Fact]
    public void Replays_with_the_largest_seed()
    {
        using var at = new RunConditions(ReferenceRun.Plan with { Seed = long.MaxValue });
        var verdict = ShadowRunSpec.SHD_01_Text.Judge(index: 0, at);
        verdict.Holds.Should().BeTrue(verdict.Evidence);
    }

    [Fact]
    public void Covers_every_pair_that_a_rule_does_not_exclude()
    {
        foreach (var (a, levelA, b, levelB) in Cover.AllPairs())
        {
            if (Cover.Rows.Any(row => row[a] == levelA && row[b] == levelB)) continue;
            int[] pair = [.. Features.Select(_ => -1)];
            (pair[a], pair[b]) = (levelA, levelB);
            var c = CreatePartial(pair);
            Rules.Should().Contain(
                rule => rule.Excludes(c),
                "{0} {1} with {2} {3} is in no row", Features[a].Name, levelA, Features[b].Name, levelB);
        }
        Cover.Impossible.Should().HaveCount(11, "the rules exclude these pairs");
    }

    [Fact]
    public void Sees_every_feature_at_every_level()
    {
        foreach (var (feature, index) in Features.Select((feature, index) => (feature, index)))
            Cover.Rows.Select(row => row[index]).Distinct().Should().HaveCount(feature.Levels, "of {0}", feature.Name);
        Cover.Rows.Select(row => Create(row).ToString()).Should().OnlyHaveUniqueItems();
    }

    private static ShadowCase Create(IReadOnlyList<int> row) => new(Objectives[row[0]] switch
    {
        "text" => ShadowObjective.Text,
        "dpo" => ShadowObjective.Dpo,
        "orpo" => ShadowObjective.Orpo,
        "kto" => ShadowObjective.Kto,
        "reward" => ShadowObjective.Reward,
        _ => ShadowObjective.Conversations,
    })
    {
        Packing = Objectives[row[0]].StartsWith("packed", StringComparison.Ordinal),
        Mixture = Objectives[row[0]].EndsWith("mixture", StringComparison.Ordinal),
        Start = (ShadowStart)row[1],
        Event = (ShadowEvent)row[2],
        StepsBefore = row[3] * 7,
        Accumulation = row[4] + 1,
        Adapter = row[5] == 1,
        Frozen = row[6] == 1,
        Multipliers = row[7] == 1,
        Untied = row[8] == 1,
        BFloat16 = row[9] == 1,
        Ranks = row[10] + 1,
        StableDecay = row[11] == 1,
        Muon = row[12] == 1,
        Averaged = row[13] == 1,
        Recomputed = row[14] == 1,
    };

    // A feature that is not chosen yet has a level that no rule excludes.
    private static ShadowCase CreatePartial(IReadOnlyList<int> row)
    {
        var known = Create([.. row.Select(level => Math.Max(level, 0))]);
        return row[1] < 0 ? known with { Start = ShadowStart.Trained } : known;
    }
}
