using System.Text.Json;
using FluentAssertions;
using TurkishLlm.Spec.Oracles;
using TurkishLlm.Spec.Plans;
using TurkishLlm.Specification;
using TurkishLlm.Specification.LanguageModels.Oracles;
using TurkishLlm.Tests.Shared;

namespace TurkishLlm.Tests.Golden;

/// <summary>
/// The float64 oracles agree with PyTorch's float64 autograd, element by element: two programs without common code.
/// </summary>
public sealed class OracleTests
{
    public static TheoryData<string> Models => ["small-model", "small-model-untied"];

    [Theory, MemberData(nameof(Models))]
    public void Logits_and_losses_equal_the_recorded_ones(string file)
    {
        var recorded = new RecordedReference(file);
        var result = Run(recorded, Sizes(recorded));

        RequireRecorded(recorded.Doubles("logits"), result.Logits, "logits");
        RequireRecorded(recorded.Doubles("token_loss"), result.TokenLosses, "token_loss");
        RequireRecorded(recorded.Doubles("loss"), [result.Loss], "loss");
    }

    [Theory, MemberData(nameof(Models))]
    public void Every_parameter_has_the_recorded_gradient(string file)
    {
        var recorded = new RecordedReference(file);
        var expected = recorded.DoublesUnder("grad.");
        var gradients = Run(recorded, Sizes(recorded)).Gradients;

        gradients.Keys.Should().BeEquivalentTo(expected.Keys);
        foreach (var (name, gradient) in expected) RequireRecorded(gradient, gradients[name], name);
    }

    [Fact]
    public void The_comparison_notices_a_norm_constant_of_another_size()
    {
        var recorded = new RecordedReference("small-model");
        var result = Run(recorded, Sizes(recorded) with { NormEps = 1.001e-5 });

        FirstOutside(recorded.Doubles("logits"), result.Logits).Should().NotBeNull();
        foreach (var (name, gradient) in recorded.DoublesUnder("grad."))
            FirstOutside(gradient, result.Gradients[name]).Should().NotBeNull(name);
    }

    [Fact]
    public void Ten_optimizer_steps_end_at_the_recorded_weights()
    {
        var recorded = new RecordedReference("ten-steps");
        var (plan, sizes) = (recorded.Object("plan"), Sizes(recorded));
        var weights = recorded.DoublesUnder("initial.");
        var optimizers = weights.ToDictionary(
            w => w.Key,
            w => new AdamWOracle(
                w.Value, recorded.Shape("initial." + w.Key).Length >= 2 ? Number("weight_decay") : 0,
                Number("beta1"), Number("beta2"), Number("adam_eps")));
        var (losses, norms, rates) = (new List<double>(), new List<double>(), new List<double>());

        for (var step = 0; step < (int)Number("steps"); step++)
        {
            var micro = Enumerable.Range(0, (int)Number("micro_batches"))
                .Select(m => (Inputs: Slice("inputs", step, m), Targets: Slice("targets", step, m))).ToArray();
            double tokens = micro.Sum(m => CrossEntropyOracle.CountTargets(m.Targets));
            var results = micro.Select(
                m => new TransformerOracle(sizes, weights).Run(m.Inputs, m.Targets, (int)Number("batch"), tokens)).ToArray();
            var gradients = weights.Keys.ToDictionary(
                name => name, name => Add(results.Select(r => r.Gradients[name])), StringComparer.Ordinal);

            losses.Add(results.Sum(r => r.Loss));
            norms.Add(GradientClipOracle.Clip(gradients.Values, Number("clip")));
            rates.Add(CosineScheduleOracle.Rate(
                step + 1, Number("peak"), Number("minimum"), (long)Number("warmup"), (long)Number("steps")));
            foreach (var (name, optimizer) in optimizers) optimizer.Step(gradients[name], rates[^1]);
        }

        RequireRecorded(recorded.Doubles("learning_rates"), [.. rates], "learning_rates");
        RequireRecorded(recorded.Doubles("losses"), [.. losses], "losses");
        RequireRecorded(recorded.Doubles("grad_norms"), [.. norms], "grad_norms");
        foreach (var (name, final) in recorded.DoublesUnder("final.")) RequireRecorded(final, weights[name], name);

        double Number(string key) => plan.GetProperty(key).GetDouble();

        long[] Slice(string tensor, int step, int micro)
        {
            var shape = recorded.Shape(tensor);                                     // [step, micro, b, t]
            var length = shape[2] * shape[3];
            return recorded.Longs(tensor).AsSpan((step * shape[1] + micro) * length, length).ToArray();
        }
    }

    [Fact]
    public void Single_operators_equal_the_recorded_ones()
    {
        var recorded = new RecordedReference("operators");
        double[] Of(string name) => recorded.Doubles(name);

        RequireRecorded(Of("linear.out"), LinearOracle.Forward(Of("linear.x"), Of("linear.w"), 7, 3), "linear");
        RequireRecorded(Of("silu.out"), Array.ConvertAll(Of("silu.a"), SwiGluOracle.Silu), "silu");
        RequireRecorded(Of("rms_norm.out"), RmsNormOracle.Forward(Of("rms_norm.a"), Of("rms_norm.w"), 1e-5), "rms_norm");
        RequireRecorded(
            Of("cross_entropy.out"),
            [CrossEntropyOracle.Mean(Of("cross_entropy.logits"), recorded.Longs("cross_entropy.targets"))], "cross_entropy");
        RequireRecorded(
            Of("cross_entropy_none.out"),
            CrossEntropyOracle.TokenLosses(Of("cross_entropy_none.logits"), recorded.Longs("cross_entropy_none.targets")),
            "cross_entropy_none");
    }

    [Fact]
    public void Slopes_follow_the_plain_formula_for_any_number_of_heads()
    {
        AlibiOracle.Slopes(8).Should().Equal(0.5, 0.25, 0.125, 0.0625, 0.03125, 0.015625, 0.0078125, 0.00390625);
        AlibiOracle
            .Slopes(3)
            .Should()
            .Equal([0.15749013123685915, 0.024803141437003122, 0.00390625], (a, b) => Math.Abs(a - b) < 1e-17);
    }

    [Fact]
    public void The_bias_is_hard_above_the_diagonal_and_linear_below()
    {
        var bias = AlibiOracle.Bias(heads: 8, time: 4);
        var ninf = double.NegativeInfinity;
        bias.AsSpan(16, 16).ToArray().Should().Equal(
            0, ninf, ninf, ninf, -0.25, 0, ninf, ninf, -0.5, -0.25, 0, ninf, -0.75, -0.5, -0.25, 0);
    }

    [Fact]
    public void Refuses_a_target_outside_the_vocabulary()
    {
        var act = () => CrossEntropyOracle.TokenLosses([0.1, 0.7, -0.3, 1.2, 0.4, 0.9], [2, 3]);
        act.Should().Throw<ArgumentException>().WithMessage("Target 3 is not an id: ids are 0 … 2, and -1 is ignored.*");
    }

    private static TransformerResult Run(RecordedReference recorded, TransformerSizes sizes)
    {
        var weights = recorded.Names.Where(n => n.EndsWith(".weight", StringComparison.Ordinal))
            .Where(n => !n.StartsWith("grad.", StringComparison.Ordinal))
            .ToDictionary(n => n, recorded.Doubles, StringComparer.Ordinal);
        return new TransformerOracle(sizes, weights)
            .Run(recorded.Longs("inputs"), recorded.Longs("targets"), recorded.Shape("inputs")[0]);
    }

    private static TransformerSizes Sizes(RecordedReference recorded)
    {
        JsonElement config = recorded.Object("config");
        int Count(string key) => config.GetProperty(key).GetInt32();
        return new(
            Count("vocab_size"), Count("d_model"), Count("n_layers"), Count("n_heads"), Count("n_kv_heads"), Count("d_ff"),
            config.GetProperty("tie_embeddings").GetBoolean(), config.GetProperty("norm_eps").GetDouble());
    }

    private static double[] Add(IEnumerable<double[]> parts) =>
        parts.Aggregate((a, b) => [.. a.Zip(b, (x, y) => x + y)]);

    private static void RequireRecorded(double[] recorded, double[] actual, string what)
    {
        actual.Length.Should().Be(recorded.Length, what);
        FirstOutside(recorded, actual).Should().BeNull(what);
    }

    /// <summary>TOL-RECORDED, element by element; the first element outside it, as text.</summary>
    private static string? FirstOutside(double[] recorded, double[] actual)
    {
        var largest = recorded.Max(Math.Abs);
        for (var i = 0; i < recorded.Length; i++)
            if (!(Math.Abs(actual[i] - recorded[i]) <= Tolerance.Recorded(recorded[i], largest)))
                return FormattableString.Invariant($"[{i}] is {actual[i]:G9}, recorded {recorded[i]:G9}");
        return null;
    }
}
