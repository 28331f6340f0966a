using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Spec.Training;
using TurkishLlm.Training.Objectives.Preference;

namespace TurkishLlm.Tests.Property.Training;

public sealed class PreferenceProperties
{
    private static Gen<PairLengths> Lengths { get; } =
        from prompt in Gen.Choose(1, 9)
        from chosen in Gen.Choose(1, 9)
        from rejected in Gen.Choose(1, 9)
        select new PairLengths(prompt, chosen, rejected);

    // Prompts of four tokens and more, where TOL-MODEL begins.
    private static Arbitrary<PreferencePairCase> Pairs { get; } = Arb.From(
        from model in ModelArbitraries.Model.Generator
        from count in Gen.Choose(1, 4)
        from lengths in Gen.ArrayOf(Lengths, count)
        select new PreferencePairCase(model, [.. lengths.Select(pair => pair with { Prompt = pair.Prompt + 4 })]),
        c => c.Lengths.Count == 1 ? [] : c.Lengths.Select(one => c with { Lengths = [one] }));

    private static Gen<double> Nats { get; } = Gen.Choose(-40_000, -1).Select(n => n / 100.0);

    private static Arbitrary<DpoCase> Dpo { get; } = Arb.From(
        from chosen in Nats
        from rejected in Nats
        from chosenReference in Nats
        from rejectedReference in Nats
        from beta in Gen.Choose(1, 100)
        from smoothing in Gen.Choose(0, 49)
        select new DpoCase(
            chosen, rejected, chosenReference, rejectedReference,
            new DpoObjective(beta / 100.0, smoothing / 100.0)));

    private static Arbitrary<OrpoCase> Orpo { get; } = Arb.From(
        from chosen in Nats
        from chosenTokens in Gen.Choose(1, 50)
        from rejected in Nats
        from rejectedTokens in Gen.Choose(1, 50)
        from lambda in Gen.Choose(1, 100)
        select new OrpoCase(chosen, chosenTokens, rejected, rejectedTokens, new OrpoObjective(lambda / 100.0)));

    private static Arbitrary<KtoCase> Kto { get; } = Arb.From(
        from answer in Nats
        from reference in Nats
        from point in Gen.Choose(0, 3_000)
        from beta in Gen.Choose(1, 100)
        from desirable in Gen.Choose(1, 300)
        from undesirable in Gen.Choose(1, 300)
        select new KtoCase(
            answer, reference, point / 100.0, new KtoObjective(beta / 100.0, desirable / 100.0, undesirable / 100.0)));

    private static Arbitrary<RewardPairCase> Rewards { get; } = Arb.From(
        from chosen in Nats
        from rejected in Nats
        from centering in Gen.Choose(0, 100)
        select new RewardPairCase(chosen / 4, rejected / 4, new RewardObjective(centering / 1000.0)));

    private static Arbitrary<QuestionCase> Questions { get; } = Arb.From(
        from count in Gen.Choose(2, 12)
        from rows in Gen.ArrayOf(Gen.Choose(0, count - 1), 6 * count)
        select new QuestionCase([.. Enumerable.Range(0, count), .. rows.Distinct()]));

    [Fact]
    public void KTO_01_an_answer_costs_what_the_formula_says() => KtoObjectiveSpec.KTO_01_Loss.HoldsFor(Kto, count: 200);

    [Fact]
    public void KTO_04_no_answer_meets_its_own_question() =>
        LabeledDataSpec.KTO_04_Derangement.HoldsFor(Questions, count: 200);

    [Fact]
    public void RWM_01_rewards_are_read_at_the_last_token() => RewardModelSpec.RWM_01_LastToken.HoldsFor(
        Arb.From(from pairs in Pairs.Generator select new RewardModelCase(pairs, Alone: false)), count: 30);

    [Fact]
    public void RWM_02_a_pair_costs_what_the_formula_says() => RewardModelSpec.RWM_02_Loss.HoldsFor(Rewards, count: 200);

    [Fact]
    public void DPO_01_log_probabilities_are_sums_over_the_answer() => PreferenceBatchSpec.DPO_01_Sums.HoldsFor(Pairs, count: 30);

    [Fact]
    public void DPO_03_a_pair_costs_what_the_formula_says() => ObjectiveSpec.DPO_03_Dpo.HoldsFor(Dpo, count: 200);

    [Fact]
    public void DPO_04_before_the_first_step_rewards_are_0_and_the_loss_is_ln_2() =>
        PreferenceBatchSpec.DPO_04_FirstStep.HoldsFor(Pairs, count: 30);

    [Fact]
    public void DPO_11_odds_cost_what_the_formula_says() => ObjectiveSpec.DPO_11_Orpo.HoldsFor(Orpo, count: 200);
}
