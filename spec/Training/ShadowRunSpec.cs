using TurkishLlm.Model.Lora;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Tokenization.Chat;
using TurkishLlm.Training.Objectives;
using TurkishLlm.Training.Optimization;
using static TurkishLlm.Spec.Training.ShadowImpostors;

namespace TurkishLlm.Spec.Training;

/// <summary>Trains a scenario and returns what its files hold.</summary>
public delegate ShadowTrace TrainScenario(ShadowScenario scenario);

/// <summary>The first steps of a run are those of an independent float64 trainer: SHD.</summary>
public static class ShadowRunSpec
{
    public static readonly Requirement<ShadowCase, TrainScenario> SHD_01_Text = new()
    {
        Id = "SHD-01",
        Statement = "On running text, each of the first steps of a run has the weights, moments and metrics of an independent "
            + "float64 trainer that reads the same files.",
        Source = "BUG-ACC-01, BUG-ACC-08, BUG-OPT-01, BUG-OPT-03, BUG-OPT-10; TOL-SHADOW",
        CanonicalCases =
        [
            new(ShadowObjective.Text) { Accumulation = 2, Multipliers = true, Frozen = true, Steps = 2 },
            new(ShadowObjective.Text)
            {
                Accumulation = 2, Multipliers = true, Frozen = true, Untied = true, Start = ShadowStart.WithMoments,
                StepsBefore = 7, Steps = 2,
            },
        ],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (_, _) => scenario => ShadowRunner.Run(scenario),
        Holds = Holds,
        Impostors = new()
        {
            ["every token is its own target"] = WithRows(batch => batch with { Targets = batch.Inputs }),
            ["windows of another seed"] = WithPlan(plan => plan with { Seed = plan.Seed + 1 }),
            ["only the first micro-batch is learned"] = WithGradient((model, batches, terms) =>
                GradientAccumulation.Compute(model, batches.Take(1), new LossTermCount(terms.Local / 2, terms.Global / 2))),
            ["the sum of the means of micro-batches"] = WithScaledGradient(scenario => scenario.Case.Accumulation),
            ["no clipping"] = WithOptimizer(optimizer => optimizer with { GradientClip = 0 }),
            ["matrices do not decay"] = WithOptimizer(optimizer => optimizer with { WeightDecay = 0 }),
            ["norms decay"] = WithUpdate(plan => Update(plan, decay: plan.WeightDecay)),
            ["the first moment is not corrected"] = WithUpdate(plan => Update(plan, correctsMean: false)),
            ["the second moment is not corrected"] = WithUpdate(plan => Update(plan, correctsSquare: false)),
            ["β₂ of another library"] = WithOptimizer(optimizer => optimizer with { Beta2 = 0.999 }),
            ["the decay is not multiplied by the learning rate"] = WithUpdate(
                plan => (weight, mean, square, rate, decay, steps) =>
                    Update(plan)(weight, mean, square, rate, decay, steps) - (1 - rate) * decay * weight),
            ["one multiplier for all"] = WithOptimizer(optimizer => optimizer with { LearningRateMultipliers = new() }),
            ["nothing is frozen"] = WithOptimizer(optimizer => optimizer with { Freeze = new() }),
            ["the schedule is one step late"] = WithOptimizer(
                optimizer => optimizer with { WarmupSteps = optimizer.WarmupSteps + 1 }),
            ["the norm after clipping is logged"] = WithMetric(
                "grad_norm", (scenario, metrics) => Math.Min(metrics["grad_norm"], scenario.Plan.Optimizer.GradientClip)),
            ["the variance is that of the step"] = WithMetric(
                "gradient_noise.variance", (_, metrics) => metrics["gradient_noise.variance"] / metrics["tokens"]),
            ["the squared norm of the step is logged as that of the gradient"] = WithMetric(
                "gradient_noise.squared_gradient", (_, metrics) => metrics["grad_norm"] * metrics["grad_norm"]),
            ["tokens of one micro-batch are logged"] = WithMetric(
                "tokens", (scenario, metrics) => metrics["tokens"] / scenario.Case.Accumulation),
            ["the training loss is logged as validation loss"] = WithMetric("validation_loss", (_, metrics) => metrics["loss"]),
        },
    };

    public static readonly Requirement<ShadowCase, TrainScenario> SHD_02_Conversations = new()
    {
        Id = "SHD-02",
        Statement = "On packed conversations, each of the first steps of a run has the weights, moments and metrics of an "
            + "independent float64 trainer that splits, renders, packs and orders the rows of the same files.",
        Source = "BUG-SFT-01, BUG-SFT-13, BUG-SFT-14, BUG-LOS-05, BUG-ACC-01; TOL-SHADOW",
        CanonicalCases =
        [
            new(ShadowObjective.Conversations) { Packing = true, Mixture = true, Accumulation = 2, Steps = 2 },
            new(ShadowObjective.Conversations) { Packing = true, Accumulation = 2, Steps = 2, Untied = true },
        ],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (_, _) => scenario => ShadowRunner.Run(scenario),
        Holds = Holds,
        Impostors = new()
        {
            ["the mean of the means of micro-batches"] = WithGradient(MeanOfMeans),
            ["examples of a row see one another"] = WithRows(batch => TokenBatch.Create(
                batch.Inputs.Longs(), batch.Targets.Longs(), (int)batch.Inputs.size(0), batch.Inputs.device)),
            ["questions are learned too"] = WithRows(batch => Relabel(batch, (input, _) => input)),
            ["the first token of an answer is not learned"] = WithRows(DropFirstLearned),
            ["every answer is learned"] = WithPlan(plan => plan with { Sft = plan.Sft! with { Supervise = Supervision.All } }),
            ["the order of another seed"] = WithPlan(plan => plan with { Seed = plan.Seed + 1 }),
            ["nothing is held out"] = WithPlan(plan => plan with { Sft = plan.Sft! with { ValidationShare = 0 } }),
            ["another system prompt"] = WithPlan(plan => plan with { Sft = plan.Sft! with { System = "Uzun yanıt ver." } }),
            ["every source has another weight"] = WithPlan(plan => plan with
            {
                Sft = plan.Sft! with
                {
                    Sources = [.. plan.Sft.Sources.Select(source => source with { Weight = source.Weight + 1 })],
                },
            }),
            ["pads count as tokens"] = WithMetric("tokens", (scenario, metrics) =>
                metrics["step"] * scenario.Plan.Training.TokensPerStep),
        },
    };

    public static readonly Requirement<ShadowCase, TrainScenario> SHD_03_Pairs = new()
    {
        Id = "SHD-03",
        Statement = "On preference pairs, each of the first steps of a run has the weights, moments and metrics of an "
            + "independent float64 trainer, with rewards relative to the weights before the run.",
        Source = "BUG-DPO-01, BUG-DPO-04; TOL-SHADOW",
        CanonicalCases =
        [
            new(ShadowObjective.Dpo) { Start = ShadowStart.Trained, Accumulation = 2, Steps = 2 },
            new(ShadowObjective.Orpo) { Start = ShadowStart.Trained, Accumulation = 2, Steps = 2 },
            new(ShadowObjective.Kto) { Start = ShadowStart.Trained, Accumulation = 2, Steps = 2 },
            new(ShadowObjective.Reward) { Start = ShadowStart.Trained, Accumulation = 2, Steps = 2 },
        ],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (_, _) => scenario => ShadowRunner.Run(scenario),
        Holds = Holds,
        Impostors = new()
        {
            ["chosen and rejected are exchanged"] = (_, _) => scenario => ShadowRunner.Run(scenario, plan => plan with
            {
                Preference = plan.Preference! with { Files = [ShadowFiles.ExchangedPairs(scenario.GetPath("exchanged"))] },
            }),
            ["another β, λ or centering"] = WithObjective(objective => objective switch
            {
                DpoPlan dpo => dpo with { Beta = 1.01 * dpo.Beta },
                KtoPlan kto => kto with { Beta = 1.01 * kto.Beta },
                RewardPlan reward => new RewardPlan(1.5 * reward.Centering),
                _ => new OrpoPlan(1.01 * ((OrpoPlan)objective).Lambda),
            }),
            ["another objective"] = WithObjective(objective => objective is DpoPlan ? new OrpoPlan(0.6) : new DpoPlan(0.3)),
            ["the sum over the pairs"] = WithScaledGradient(scenario => scenario.Plan.Training.RowsPerStep),
            ["the order of another seed"] = WithPlan(plan => plan with { Seed = plan.Seed + 1 }),
            ["nothing is held out"] = WithPlan(plan => plan with { Preference = plan.Preference! with { ValidationShare = 0 } }),
            ["rewards are log-probabilities or losses"] = WithMetric(
                "preference.reward_chosen", (_, metrics) => metrics.GetValueOrDefault("preference.logp_chosen", metrics["loss"])),
            ["losses count as wins, or percent"] = WithMetric(
                "preference.accuracy", (scenario, metrics) => scenario.Plan.Preference!.Objective is KtoPlan
                    ? 100 * metrics["preference.accuracy"]
                    : 1 - metrics["preference.accuracy"]),
        },
    };

    public static readonly Requirement<ShadowCase, TrainScenario> SHD_04_Adapter = new()
    {
        Id = "SHD-04",
        Statement = "With an adapter, each of the first steps of a run has the weights, moments and metrics of an independent "
            + "float64 trainer that adds (alpha ÷ rank)·B·A to the weights before the run.",
        Source = "BUG-LOR-08; Hu et al. 2021, section 4.1; TOL-LORA, TOL-SHADOW",
        CanonicalCases =
        [
            new(ShadowObjective.Text) { Start = ShadowStart.Trained, Adapter = true, Accumulation = 2, Steps = 2 },
            new(ShadowObjective.Conversations) { Start = ShadowStart.Trained, Adapter = true, Packing = true, Steps = 2 },
        ],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (_, _) => scenario => ShadowRunner.Run(scenario),
        Holds = Holds,
        Impostors = new()
        {
            ["alpha is not divided by the rank"] = WithPlan(plan => plan with
            {
                Lora = new LoraConfig(plan.Lora!.Rank, plan.Lora.Alpha * plan.Lora.Rank, targets: plan.Lora.Targets),
            }),
            ["the square root of the rank"] = WithPlan(plan => plan with
            {
                Lora = new LoraConfig(
                    plan.Lora!.Rank, plan.Lora.Alpha * Math.Sqrt(plan.Lora.Rank), targets: plan.Lora.Targets),
            }),
            ["another matrix"] = WithPlan(plan => plan with
            {
                Lora = new LoraConfig(plan.Lora!.Rank, plan.Lora.Alpha, targets: [LoraTarget.Q, LoraTarget.V, LoraTarget.Up]),
            }),
            ["the adapter does not decay"] = WithOptimizer(optimizer => optimizer with { WeightDecay = 0 }),
            ["A is not trained"] = WithStep((_, before, step) => step with
            {
                After = step.After with
                {
                    Weights = step.After.Weights.ToDictionary(
                        weight => weight.Key,
                        weight => weight.Key.EndsWith("lora_a", StringComparison.Ordinal)
                            ? before.Weights[weight.Key] : weight.Value,
                        StringComparer.Ordinal),
                },
            }),
        },
    };

    public static readonly Requirement<ShadowCase, TrainScenario> SHD_05_Events = new()
    {
        Id = "SHD-05",
        Statement = "Around an interruption, a skipped batch and a rollback, each step of a run has the weights, moments and "
            + "metrics of an independent float64 trainer, with the batch and the learning rate that belong to it.",
        Source = "BUG-CKP-04, BUG-OPT-07, BUG-OPT-11, BUG-ACC-13; TOL-SHADOW",
        CanonicalCases =
        [
            new(ShadowObjective.Text) { Event = ShadowEvent.Resume },
            new(ShadowObjective.Text) { Event = ShadowEvent.Skip },
            new(ShadowObjective.Text) { Event = ShadowEvent.RollBack, Start = ShadowStart.WithMoments },
        ],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (_, _) => scenario => ShadowRunner.Run(scenario),
        Holds = Holds,
        Impostors = new()
        {
            ["the next batch is another"] = (c, _) => scenario => ShadowRunner.Run(
                scenario, happens: c.Event == ShadowEvent.Skip ? ShadowEvent.None : ShadowEvent.Skip),
            ["moments start at zero again"] = WithStep((scenario, before, step) => step.Metrics["step"] == 1 ? step : step with
            {
                After = step.After with
                {
                    FirstMoments = step.After.FirstMoments.ToDictionary(
                        moment => moment.Key,
                        moment => moment.Value
                            .Zip(before.FirstMoments[moment.Key], (after, old) => after - scenario.Plan.Optimizer.Beta1 * old)
                            .ToArray(),
                        StringComparer.Ordinal),
                },
            }),
            ["the optimizer counts its steps again"] = WithStep((_, _, step) => step with
            {
                After = step.After with { OptimizerSteps = 1 },
            }),
            ["the schedule starts again"] = WithMetric("lr", (scenario, metrics) => metrics["step"] == 1
                ? metrics["lr"]
                : scenario.Plan.Optimizer.LearningRate / scenario.Plan.Optimizer.WarmupSteps),
            ["tokens are counted again"] = WithMetric("tokens", (scenario, metrics) =>
                Math.Max(1, metrics["step"] - 1) * scenario.Plan.Training.TokensPerStep),
        },
    };

    public static readonly Requirement<ShadowCase, TrainScenario> SHD_06_OwnPlan = new()
    {
        Id = "SHD-06",
        Statement = "The plan of the run, narrowed, has at the joints of its schedule the weights, moments and metrics of an "
            + "independent float64 trainer on the run's own data, tokenizer, device and number type.",
        Source = "BUG-ACC-01, BUG-OPT-01, BUG-OPT-03; TOL-SHADOW",
        CanonicalCases = [],
        PlanCases = at =>
        [
            new(ShadowObjective.Text) { OwnPlan = ScheduleJoint.WarmUp },
            new(ShadowObjective.Text) { OwnPlan = ScheduleJoint.End },
            .. at.Plan.Optimizer.Schedule == ScheduleKind.Wsd
                ? [new ShadowCase(ShadowObjective.Text) { OwnPlan = ScheduleJoint.Decay }] : Array.Empty<ShadowCase>(),
        ],
        Subject = (_, _) => scenario => ShadowRunner.Run(scenario),
        Holds = Holds,
        Impostors = new()
        {
            ["the schedule is one step longer"] = WithPlan(plan => plan with
            {
                Training = plan.Training with { Steps = plan.Training.Steps + 1 },
                Optimizer = plan.Optimizer with { WarmupSteps = plan.Optimizer.WarmupSteps + 1 },
            }),
            ["the loss is divided by twice its terms"] = WithScaledGradient(_ => 0.5),
            ["matrices do not decay"] = WithOptimizer(optimizer => optimizer with { WeightDecay = 0 }),
            ["β₂ of another library"] = WithOptimizer(optimizer => optimizer with { Beta2 = 0.999 }),
            ["norms decay"] = WithUpdate(plan => Update(plan, decay: plan.WeightDecay)),
            ["windows of another seed"] = WithPlan(plan => plan with { Seed = plan.Seed + 1 }),
        },
    };

    public static readonly Requirement<ShadowCase, TrainScenario> SHD_07_Muon = new()
    {
        Id = "SHD-07",
        Statement = "With Muon, the schedule wsd and a moving average, each of the first steps of a run, also around an "
            + "interruption, has the weights, moments, average and metrics of an independent float64 trainer.",
        Source = "Jordan et al. 2024; Liu et al. 2025, arXiv:2502.16982; Hu et al. 2024, arXiv:2404.06395; TOL-SHADOW, TOL-MUON",
        CanonicalCases =
        [
            new(ShadowObjective.Text) { Muon = true, StableDecay = true, Averaged = true, Event = ShadowEvent.Resume },
            new(ShadowObjective.Text)
            {
                Muon = true, StableDecay = true, Averaged = true, Accumulation = 2, Frozen = true, Multipliers = true,
                Untied = true,
                Start = ShadowStart.WithMoments, StepsBefore = 7,
            },
        ],
        CanonicalConditions = at => at.WithSmallVocabulary,
        Subject = (_, _) => scenario => ShadowRunner.Run(scenario),
        Holds = Holds,
        Impostors = new()
        {
            ["matrices move by the signs of their momentum"] = WithStep((scenario, before, step) => step with
            {
                After = step.After with
                {
                    Weights = step.After.Weights.ToDictionary(
                        weight => weight.Key,
                        weight => step.After.Momenta.TryGetValue(weight.Key, out var momentum)
                            ? [.. before.Weights[weight.Key].Zip(
                                momentum, (w, m) => w - scenario.Plan.Optimizer.MatrixLearningRate * Math.Sign(m))]
                            : weight.Value,
                        StringComparer.Ordinal),
                },
            }),
            ["matrices have the rate of the others"] = WithMuon(muon => muon with { LearningRate = null }),
            ["matrices have the decay of the others"] = WithMuon(muon => muon with { WeightDecay = null }),
            ["another momentum"] = WithMuon(muon => muon with { Momentum = 0.95 }),
            ["the gradient is orthogonalized"] = WithMuon(muon => muon with { Momentum = 0 }),
            ["momentum starts at zero with every step"] = WithStep((scenario, before, step) => step with
            {
                After = step.After with
                {
                    Momenta = step.After.Momenta.ToDictionary(
                        momentum => momentum.Key,
                        momentum => momentum.Value.Zip(
                            before.Momenta[momentum.Key],
                            (after, old) => after - scenario.Plan.Optimizer.Muon.Momentum * old).ToArray(),
                        StringComparer.Ordinal),
                },
            }),
            ["the average starts again"] = WithStep((_, _, step) => step with
            {
                After = step.After with { Average = step.After.Weights, AverageUpdates = 1 },
            }),
            ["the average is not updated"] = WithStep((_, before, step) => step with
            {
                After = step.After with { Average = before.Average, AverageUpdates = before.AverageUpdates },
            }),
            ["another decay of the average"] = WithPlan(plan => plan with
            {
                Training = plan.Training with { Ema = plan.Training.Ema! with { Decay = 1 - plan.Training.Ema.Decay } },
            }),
            ["a cosine"] = WithOptimizer(optimizer => optimizer with
            {
                Schedule = ScheduleKind.Cosine,
            }),
            ["the other shape of the decay"] = WithOptimizer(optimizer => optimizer with
            {
                DecayShape = optimizer.DecayShape == DecayShape.Linear ? DecayShape.Sqrt : DecayShape.Linear,
            }),
        },
    };

    public static IReadOnlyList<Requirement> All =>
    [
        SHD_01_Text, SHD_02_Conversations, SHD_03_Pairs, SHD_04_Adapter, SHD_05_Events, SHD_06_OwnPlan, SHD_07_Muon,
    ];

    private static Func<ShadowCase, Conditions, TrainScenario> WithMuon(Func<MuonPlan, MuonPlan> change) =>
        WithOptimizer(optimizer => optimizer with { Muon = change(optimizer.Muon) });

    private static Verdict Holds(TrainScenario train, ShadowCase c, Conditions at)
    {
        using var scenario = new ShadowScenario(c, at);
        return ShadowComparison.Compare(scenario, train(scenario));
    }

    private static Func<ShadowCase, Conditions, TrainScenario> WithObjective(
        Func<PreferenceObjectivePlan, PreferenceObjectivePlan> change) => WithPlan(plan => plan with
    {
        Preference = plan.Preference! with { Objective = change(plan.Preference.Objective) },
    });

    // Gives every position before another token the label that a function of that token and of its label returns.
    private static TokenBatch Relabel(TokenBatch batch, Func<long, long, long> label)
    {
        var (inputs, targets, width) = (batch.Inputs.Longs(), batch.Targets.Longs(), (int)batch.Inputs.size(1));
        for (var i = 0; i < targets.Length; i++)
            if ((i + 1) % width != 0) targets[i] = label(inputs[i + 1], targets[i]);
        return TokenBatch.Create(
            inputs, targets, (int)batch.Inputs.size(0), batch.Inputs.device, batch.SegmentStarts?.Longs());
    }

    private static TokenBatch DropFirstLearned(TokenBatch batch)
    {
        var targets = batch.Targets.Longs();
        for (var i = targets.Length; i-- > 1;)
            if (targets[i] >= 0 && targets[i - 1] < 0) targets[i] = -1;
        return TokenBatch.Create(
            batch.Inputs.Longs(), targets, (int)batch.Inputs.size(0), batch.Inputs.device, batch.SegmentStarts?.Longs());
    }
}
