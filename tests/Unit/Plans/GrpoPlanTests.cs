using FluentAssertions;
using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Model;
using TurkishLlm.Plans;

namespace TurkishLlm.Tests.Unit.Plans;

/// <summary>Section <c>grpo</c> of plans.</summary>
[Trait("Suite", "Fast")]
public sealed class GrpoPlanTests
{
    private const string Start = "warm_start: { checkpoint: c }\n",
        Usual = Start + "grpo: { files: [a.jsonl], group_size: 2, max_new_tokens: 32, rewards: { exact_match: 1 } }\n";

    [Fact]
    public void Every_key_is_written_and_read_back()
    {
        var plan = TestPlans.Parse(
            TestPlans.Small + Start
                + "grpo: { files: [a.jsonl, \"b c.jsonl\"], gold: [g.jsonl], group_size: 4, temperature: 0.75, "
                + "max_new_tokens: 9, clip: 0.1, kl: 0.25, updates_per_batch: 3, advantage: mean, normalization: constant, "
                + "system: \"Kısa: yaz.\", skip_invalid: true, rewards: { exact_match: 1, final_number: 0.5, word_f1: 0.25, "
                + "fields: 0.125, groundedness: 2, json_object: 3, ends: 4, pattern: { matches: \"[0-9]+ (kg|m)\", weight: 5 }, "
                + "length: { minimum: 2, maximum: 7, unit: tokens, weight: 6 } } }\n");

        var grpo = plan.Grpo!;
        (grpo.GroupSize, grpo.Temperature, grpo.MaxNewTokens, grpo.Clip, grpo.Kl, grpo.UpdatesPerBatch)
            .Should().Be((4, 0.75, 9, 0.1, 0.25, 3));
        (grpo.Advantage, grpo.Normalization, grpo.System, grpo.SkipInvalid)
            .Should().Be((AdvantageKind.Mean, LossNormalization.Constant, "Kısa: yaz.", true));
        grpo.Rewards.Length.Should().Be(new LengthRewardPlan(7, 2, LengthUnit.Tokens, 6));
        grpo.Rewards.ToRewards().Parts.Select(part => (part.Reward.Name, part.Weight)).Should().Equal(
            ("exact_match", 1), ("final_number", 0.5), ("word_f1", 0.25), ("fields", 0.125), ("groundedness", 2),
            ("json_object", 3),
            ("ends", 4), ("pattern", 5), ("length", 6));
        TrainingPlan.Parse(plan.ToYaml(), "plan.yaml", []).Should().Be(plan);
    }

    [Fact]
    public void A_reward_without_a_weight_is_not_used()
    {
        var rewards = TestPlans.Parse(TestPlans.Small + Usual).Grpo!.Rewards.ToRewards();
        rewards.Parts.Should().ContainSingle().Which.Reward.Should().BeOfType<ExactMatchReward>();
        rewards.NeedsReference.Should().BeTrue();
    }

    public static TheoryData<string, string[], string> Wrong() => new()
    {
        { "", ["grpo={files: [a], rewards: {ends: 1}, group_size: 2, max_new_tokens: 8}"], "*warm_start: with the checkpoint*" },
        { Usual, ["grpo.group_size=3"], "*= 4 answers, which is not a multiple of grpo.group_size = 3. Use a*divides 4.*" },
        { Usual, ["grpo.max_new_tokens=64"], "*grpo.max_new_tokens is 64, but training.sequence_length of 64*32.*" },
        { Usual, ["grpo.rewards={ends: 0}"], "*grpo.rewards has no reward*exact_match: 1.*" },
        { Usual, ["grpo.rewards={length: {minimum: 9, maximum: 3}}"], "*minimum is 9, more than its maximum of 3. Swap them.*" },
        { Usual, ["grpo.rewards={pattern: {matches: '(a'}}"], "*grpo.rewards.pattern.matches is not a usable*" },
        { Usual, ["grpo.rewards={pattern: {matches: '(?=a)'}}"], "*lookahead and lookbehind are not supported*" },
        { Usual, ["model.dropout=0.1"], "*model.dropout is 0.1, but grpo compares*Use dropout: 0.*" },
        { Usual, ["grpo.files=[]"], "*grpo.files is empty*" },
        { Usual, ["sft={sources: {a: {path: b}}}"], "*both grpo and sft*" },
        { Usual, ["warm_start.grow_vocabulary=true"], "*new tokens do not occur*" },
    };

    [Theory, MemberData(nameof(Wrong))]
    public void Says_what_is_wrong_and_how_to_fix_it(string section, string[] overrides, string message) =>
        FluentActions.Invoking(() => TestPlans.Parse(TestPlans.Small + section, overrides))
            .Should().Throw<ConfigurationException>().WithMessage(message);
}
