using TorchSharp;
using TurkishLlm.Model.Parameters;
using TurkishLlm.Plans;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Training.Optimization;
using static TorchSharp.torch;

namespace TurkishLlm.Spec.Training;

/// <summary>Muon in float64 with parts that can be replaced by wrong ones.</summary>
internal sealed record IncorrectMuon
{
    /// <summary>Chooses the weights that Muon updates; AdamW updates the others.</summary>
    public Func<(string Name, long[] Shape), bool> IsUpdated { get; init; } = MuonPlan.IsUpdated;

    /// <summary>Returns what is orthogonalized, of gradient, momentum after the step and μ.</summary>
    public Func<double[], double[], double, double[]> Direct { get; init; } = Nesterov;

    /// <summary>Returns what is added to the decayed momentum, of the gradient and its rows.</summary>
    public Func<double[], int, double[]> Accumulate { get; init; } = static (gradient, _) => gradient;

    /// <summary>Orthogonalizes a matrix with a number of rows.</summary>
    public Func<double[], int, double[]> Orthogonalize { get; init; } = static (matrix, rows) =>
        MuonOracle.Orthogonalize(matrix, rows);

    /// <summary>Returns the scale of an update, of rows and columns.</summary>
    public Func<int, int, double> Scale { get; init; } = static (rows, columns) => 0.2 * Math.Sqrt(Math.Max(rows, columns));

    /// <summary>Returns the factor by which a weight decays, of learning rate and λ.</summary>
    public Func<double, double, double> Decay { get; init; } = static (rate, decay) => 1 - rate * decay;

    /// <summary>True to use the rate of the other weights.</summary>
    public bool IgnoresOwnRate { get; init; }

    /// <summary>True to move a matrix without a gradient by its momentum.</summary>
    public bool MovesWithoutGradient { get; init; }

    /// <summary>Creates the optimizer.</summary>
    public OptimizerSubject Create(ParameterTable weights, MuonSettings settings, AdamWSettings others)
    {
        var matrices = weights.Shapes.Where(IsUpdated).Select(weight => weight.Name).ToArray();
        var momenta = matrices.ToDictionary(name => name, name => new double[weights[name].numel()]);
        var adam = new AdamW(weights, others, names: [.. weights.Names.Except(matrices)]);
        return new(
            rate =>
            {
                adam.Step(rate);
                foreach (var name in matrices)
                    Update(weights[name], momenta[name], settings, rate * (IgnoresOwnRate ? 1 : settings.RateFactor));
            },
            adam);
    }

    private static double[] Nesterov(double[] gradient, double[] momentum, double mu) =>
        [.. gradient.Zip(momentum, (g, m) => g + mu * m)];

    private void Update(Tensor weight, double[] momentum, MuonSettings settings, double rate)
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        if (weight.grad is null && !MovesWithoutGradient) return;
        var (rows, columns) = ((int)weight.size(0), (int)weight.size(1));
        var gradient = weight.grad?.Doubles() ?? new double[momentum.Length];
        var added = Accumulate(gradient, rows);
        for (var i = 0; i < momentum.Length; i++) momentum[i] = settings.Momentum * momentum[i] + added[i];
        var update = Orthogonalize(Direct(gradient, momentum, settings.Momentum), rows);
        var (factor, scale) = (Decay(rate, settings.WeightDecay), Scale(rows, columns));
        float[] after = [.. weight.Doubles().Zip(update, (w, u) => (float)(factor * w - rate * scale * u))];
        weight.copy_(tensor(after).reshape(rows, columns));
    }
}
