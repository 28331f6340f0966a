using FsCheck;
using FsCheck.Fluent;
using TurkishLlm.Model;
using TurkishLlm.Model.Layers;
using TurkishLlm.Plans;
using TurkishLlm.Plans.Guidelines;

namespace TurkishLlm.Tests.Property.Training;

public sealed class PlanProperties
{
    private static Gen<double> Positive { get; } =
        from digits in Gen.Choose(1, int.MaxValue)
        from power in Gen.Choose(-20, 0)
        select digits * Math.Pow(10, power);

    private static Gen<double> Share { get; } = Gen.Choose(0, int.MaxValue - 1).Select(n => (double)n / int.MaxValue);

    private static Gen<string> AnyText { get; } =
        from text in ArbMap.Default.GeneratorFor<NonEmptyString>()
        select new string([.. text.Get.Select(c => char.IsSurrogate(c) ? 'ş' : c)]);

    private static Gen<ModelConfig> Model { get; } =
        from vocab in Gen.Choose(272, 65_536)
        from kvHeads in Gen.Choose(1, 5)
        from sharing in Gen.Choose(1, 5)
        from headSize in Gen.Choose(1, 9)
        from layers in Gen.Choose(1, 40)
        from inner in Gen.Choose(1, 999)
        from length in Gen.Choose(1, 9999)
        from dropout in Share
        from tied in Gen.Elements(true, false)
        from eps in Positive
        select new ModelConfig(
            vocab, kvHeads * sharing * headSize, layers, kvHeads * sharing, kvHeads, inner, length, dropout, tied, eps);

    private static Gen<OptimizerPlan> Optimizer(long steps) =>
        from rate in Positive
        from minimum in Share
        from warmup in Gen.Choose(0, (int)steps - 1)
        from beta1 in Share
        from beta2 in Share
        from epsilon in Positive
        from decay in Positive
        from clip in Positive
        select new OptimizerPlan(rate, rate * minimum, warmup)
        {
            Beta1 = beta1,
            Beta2 = beta2,
            Epsilon = epsilon,
            WeightDecay = decay,
            GradientClip = clip,
        };

    private static Arbitrary<TrainingPlan> AnyPlan { get; } = (
        from model in Model
        from texts in Gen.ArrayOf(AnyText, 4)
        from steps in Gen.Choose(1, 100_000)
        from batch in Gen.Choose(1, 999)
        from length in Gen.Choose(1, model.MaxSeqLen)
        from accumulation in Gen.Choose(1, 9)
        from optimizer in Optimizer(steps)
        from every in Gen.ArrayOf(Gen.Choose(0, 1000), 3)
        from prompts in Gen.Choose(1, 4)
        from temperature in Positive
        from device in Gen.Elements(
            default, new DeviceChoice(DeviceKind.Cpu), new DeviceChoice(DeviceKind.Cuda),
            new DeviceChoice(DeviceKind.Cuda, 7))
        from compute in Gen.Elements(ComputeType.Float32, ComputeType.BFloat16)
        from seed in Gen.Choose(0, int.MaxValue)
        from start in Gen.Elements(true, false)
        from divergence in Gen.Elements(DivergenceAction.Stop, DivergenceAction.Skip, DivergenceAction.Rollback)
        from spike in Gen.Elements(Enum.GetValues<DivergenceAction>())
        from decision in Gen.Elements(PlanGuidelines.All.Select(d => d.Id).ToArray())
        select new TrainingPlan
        {
            Name = $"run-{seed}",
            RunFolder = "runs/" + texts[0].Replace('{', '(').Replace('}', ')'),
            Model = model,
            Data = new("d" + texts[1], "ı" + texts[2]),
            Training = new(steps, batch, length, accumulation),
            Optimizer = optimizer,
            Evaluation = new(every[0], every[0] + 1),
            Samples = new() { Every = every[1], Prompts = texts[..prompts], Temperature = temperature, TopK = every[2] },
            Checkpoints = new(every[2], every[1] + 1, start),
            Safety = new()
            {
                OnDivergence = divergence,
                OnSpike = spike,
                SpikeZScore = temperature,
                SpikeWindow = batch + 1,
                MaxRefusedBatches = length,
                StallWarningFactor = every[0],
                StallStopFactor = temperature,
            },
            IgnoredGuidelines = start ? new((decision, texts[3])) : new(),
            WarmStart = start ? new(texts[3], steps - 1, seed % 2 == 0) : null,
            Device = device,
            ComputeType = compute,
            Seed = seed,
            Threads = every[0],
            LogEvery = every[1] + 1,
        }).ToArbitrary();

    [Fact]
    public void Every_valid_plan_reads_back_equal_from_its_own_yaml() =>
        Prop.ForAll(AnyPlan, plan =>
        {
            plan.ThrowIfInvalid();
            var read = TrainingPlan.Parse(plan.ToYaml(), "plan.yaml", []);
            return (read == plan && read.ToYaml() == plan.ToYaml()).Label(plan.ToYaml());
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(300));

    [Fact]
    public void Any_override_gives_a_plan_or_a_configuration_error() =>
        Prop.ForAll(Gen.Elements(Keys).ToArbitrary(), ArbMap.Default.ArbFor<string>(), AnyPlan, (key, value, plan) =>
        {
            try
            {
                TrainingPlan.Parse(plan.ToYaml(), "plan.yaml", [$"{key}={value}"]).ThrowIfInvalid();
            }
            catch (ConfigurationException error)
            {
                return error.Problems.Count > 0;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    [Fact]
    public void Any_damage_to_the_text_gives_a_plan_or_a_configuration_error() =>
        Prop.ForAll(AnyPlan, ArbMap.Default.ArbFor<int>(), ArbMap.Default.ArbFor<char>(), (plan, at, c) =>
        {
            var yaml = plan.ToYaml();
            var position = (int)((uint)at % yaml.Length);
            try
            {
                TrainingPlan.Parse(yaml[..position] + c + yaml[(position + (at & 1))..], "plan.yaml", []).ThrowIfInvalid();
            }
            catch (ConfigurationException error)
            {
                return error.Problems.Count > 0;
            }

            return true;
        }).Check(Config.QuickThrowOnFailure.WithMaxTest(500));

    private static readonly string[] Keys =
        [.. PlanSchema.Keys.Select(named => named.Path), "samples.prompts.0", "ignored_guidelines.gpu-only", "...", "x"];
}
