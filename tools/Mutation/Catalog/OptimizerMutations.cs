namespace TurkishLlm.Tools.Mutation.Catalog;

internal static class OptimizerMutations
{
    private const string AdamW = "src/Training/Optimization/AdamW.cs",
        Schedule = "src/Training/Optimization/LearningRateSchedule.cs",
        Muon = "src/Training/Optimization/Muon.cs",
        PlanOptimizer = "src/Training/Optimization/PlanOptimizer.cs",
        Pretrainer = "src/Training/Trainer.cs";

    public static IReadOnlyList<Mutation> All { get; } =
    [
        new("norms-decay", ["BUG-OPT-01", "BUG-OPT-02"], AdamW, "weight.ndim >= 2", "weight.ndim >= 1",
            "Norm weights are decayed."),
        new(
            "embedding-does-not-decay",
            ["BUG-OPT-01"],
            AdamW, "HasWeightDecay(weight) ? _settings.WeightDecay : 0",
            "HasWeightDecay(weight) && name != \"embed_tokens.weight\" ? _settings.WeightDecay : 0",
            "The embedding is in the wrong group."),
        new("no-decay", ["BUG-OPT-12"], AdamW, "HasWeightDecay(weight) ? _settings.WeightDecay : 0", "0",
            "Nothing is decayed."),
        new(
            "decay-of-the-library",
            ["BUG-OPT-12"],
            PlanOptimizer, "plan.Epsilon, plan.WeightDecay", "plan.Epsilon, 0.01",
            "The decay is a default, not that of the plan."),
        new(
            "betas-exchanged",
            ["BUG-OPT-12"],
            PlanOptimizer, "plan.Beta1, plan.Beta2,", "plan.Beta2, plan.Beta1,",
            "β₁ and β₂ of the plan are swapped."),
        new(
            "decay-in-the-gradient",
            ["BUG-OPT-13"],
            AdamW, "if (HasWeightDecay(weight)) weight.mul_(1 - learningRate * _settings.WeightDecay);",
            "if (HasWeightDecay(weight)) gradient = gradient + weight * _settings.WeightDecay;",
            "Adam with an L2 term if the kernel does not run."),
        new("no-correction-of-squares", ["BUG-OPT-11"], AdamW, "1 - Math.Pow(_settings.Beta2, Steps)", "1.0",
            "The first steps are too small if the kernel does not run."),
        new(
            "frozen-weights-move",
            ["BUG-OPT-10"],
            AdamW, "if (weight.grad is not { } gradient) continue;",
            "var gradient = weight.grad ?? zeros_like(weight);",
            "Weights without a gradient are decayed and moved."),
        new(
            "a-weight-in-no-group",
            ["BUG-OPT-14", "BUG-OPT-09"],
            AdamW, "foreach (var name in FirstMoment.Names)",
            "foreach (var name in FirstMoment.Names.Where(name => name != \"norm.weight\"))",
            "The last norm is never updated."),
        new(
            "optimizer-steps-twice",
            [],
            Pretrainer, "_optimizer.Step(learningRate);",
            "_optimizer.Step(learningRate);\n        _optimizer.Step(learningRate);",
            "Every step is taken twice."),
        new(
            "schedule-per-micro-batch",
            ["BUG-OPT-03"],
            Pretrainer, "_schedule.GetLearningRate(Step + 1)",
            "_schedule.GetLearningRate((Step + 1) * Plan.Training.AccumulationSteps)",
            "Warm-up and decay end too soon."),
        new(
            "schedule-times-processes",
            ["BUG-OPT-04"],
            Pretrainer, "_schedule.GetLearningRate(Step + 1)",
            "_schedule.GetLearningRate((Step + 1) * _environment.ProcessGroup.Context.WorldSize)",
            "With two processes the schedule runs twice as fast."),
        new(
            "cosine-climbs-again",
            ["BUG-OPT-05"],
            Schedule, "if (step > Steps || (step == Steps && Kind != ScheduleKind.Linear)) return Minimum;",
            "if (step == Steps && Kind != ScheduleKind.Linear) return Minimum;",
            "After the last step the learning rate rises."),
        new(
            "jump-after-warm-up",
            ["BUG-OPT-06"],
            Schedule, "(double)(step - WarmupSteps) / (Steps - WarmupSteps)", "(double)step / Steps",
            "The cosine does not start at the peak."),
        new(
            "warm-up-in-whole-numbers",
            ["BUG-OPT-06", "BUG-OPT-16"],
            Schedule, "((double)step / WarmupSteps)", "(step / WarmupSteps)",
            "The rate is zero until the warm-up is over."),
        new("half-the-cosine", ["BUG-OPT-06"], Schedule, "Math.Cos(Math.PI * progress)", "Math.Cos(Math.PI * progress / 2)",
            "The rate does not fall to the minimum."),
        new(
            "first-step-at-rate-zero",
            ["BUG-OPT-16"],
            Schedule, "((double)step / WarmupSteps)", "((double)(step - 1) / WarmupSteps)",
            "The first step does nothing."),
        new(
            "rate-of-the-step-before",
            ["BUG-OPT-16"],
            Pretrainer, "_schedule.GetLearningRate(Step + 1)", "_schedule.GetLearningRate(Math.Max(1, Step))",
            "Every step has the rate of the one before."),
        new(
            "horizon-a-step-late",
            ["BUG-OPT-07"],
            Pretrainer,
            "_schedule = LearningRateSchedule.FromPlan(Plan);",
            "_schedule = LearningRateSchedule.FromPlan(Plan with { "
                + "Training = Plan.Training with { Steps = Plan.Training.Steps + 1 } });",
            "The schedule ends a step after the run."),
        new(
            "average-begins-with-the-initial-weights",
            [],
            "src/Training/Optimization/WeightAverage.cs", "(1 - _plan.Decay) / (1 - Math.Pow(_plan.Decay, Updates))",
            "1 - _plan.Decay",
            "The initial weights keep a share in the average."),
        new(
            "average-not-restored",
            ["BUG-CKP-04"],
            "src/Training/Checkpoints/Checkpoint.cs", "if (average.Updates > 0) CopyAverage(average.Average);", "",
            "A resumed run continues with the average of other weights."),
        new(
            "average-counts-again",
            ["BUG-CKP-23"],
            "src/Training/Checkpoints/Checkpoint.cs", "average.Updates = State.AverageUpdates ?? 0;", "average.Updates = 0;",
            "The average of a resumed run starts again."),
        new(
            "average-of-every-step",
            [],
            "src/Training/Optimization/WeightAverage.cs", "if (step % _plan.Every != 0) return;", "",
            "The interval of the plan is ignored."),
        new(
            "noise-of-all-micro-batches",
            [],
            "src/Training/Optimization/GradientNoise.cs", "if (_terms > 0 || terms == 0", "if (terms == 0",
            "The gradient of several micro-batches is taken for that of one."),
        new(
            "noise-of-a-scaled-gradient",
            [],
            "src/Training/Optimization/GradientNoise.cs", "norm * stepTerms / terms", "norm",
            "The gradient of a micro-batch is not divided by its own loss terms."),
        new(
            "range-test-rises-by-the-same-amount",
            [],
            "src/Training/LearningRateRangeTest.cs", "First * Math.Pow(Last / First, (step - 1) / (double)(Steps - 1))",
            "First + (Last - First) * ((step - 1) / (double)(Steps - 1))",
            "Nearly all steps have a rate near the highest."),
        new(
            "momentum-without-nesterov",
            [],
            Muon, "gradient.add(momentum, _settings.Momentum)", "momentum",
            "Muon orthogonalizes the momentum alone."),
        new(
            "gradient-without-momentum",
            [],
            Muon, "gradient.add(momentum, _settings.Momentum)", "gradient",
            "Muon orthogonalizes the gradient alone."),
        new(
            "muon-divides-by-the-largest-element",
            [],
            "src/Training/Optimization/NewtonSchulz.cs", "x = x / (x.norm() + Epsilon);", "x = x / (x.abs().max() + Epsilon);",
            "The matrix is divided by its largest element."),
        new(
            "muon-scales-by-rows",
            [],
            Muon, "Math.Max(matrix.size(0), matrix.size(1))", "matrix.size(0)",
            "The update of a wide matrix is too small."),
        new(
            "muon-at-the-rate-of-the-others",
            ["BUG-OPT-12"],
            Muon, "baseLearningRate * _settings.RateFactor *", "baseLearningRate *",
            "The learning rate of Muon is ignored."),
        new(
            "muon-decays-at-the-base-rate",
            ["BUG-OPT-17"],
            Muon, "weight.mul_(1 - learningRate * _settings.WeightDecay);",
            "weight.mul_(1 - baseLearningRate * _settings.WeightDecay);",
            "The decay of Muon ignores its own learning rate."),
        new(
            "decay-begins-with-the-warm-up",
            ["BUG-OPT-06"],
            Schedule, "Math.Max(0, step - (Steps - DecaySteps)) / (double)DecaySteps",
            "(step - WarmupSteps) / (double)(Steps - WarmupSteps)",
            "The schedule wsd has no stable phase."),
        new(
            "decay-a-step-early",
            ["BUG-OPT-16"],
            Schedule, "Math.Max(0, step - (Steps - DecaySteps)) / (double)DecaySteps",
            "Math.Min(DecaySteps, Math.Max(0, step + 1 - (Steps - DecaySteps))) / (double)DecaySteps",
            "The decay of wsd is one step ahead."),
        new(
            "root-of-what-remains",
            [],
            Schedule, "1 - (DecayShape == DecayShape.Sqrt ? Math.Sqrt(passed) : passed)",
            "DecayShape == DecayShape.Sqrt ? Math.Sqrt(1 - passed) : 1 - passed",
            "√(1 − p) in place of 1 − √p."),
        new(
            "plain-decay-at-the-base-rate",
            ["BUG-OPT-17"],
            AdamW, "weight.mul_(1 - learningRate * _settings.WeightDecay);",
            "weight.mul_(1 - baseLearningRate * _settings.WeightDecay);",
            "Decay ignores the multiplier of the group if the kernel does not run."),
    ];
}
