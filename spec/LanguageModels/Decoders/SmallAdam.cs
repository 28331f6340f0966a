using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Decoders;

/// <summary>Adam for a short training; parameters without a gradient are left alone.</summary>
internal sealed class SmallAdam(IReadOnlyList<Tensor> weights, double rate) : IDisposable
{
    private const double Decay1 = 0.9, Decay2 = 0.95, Epsilon = 1e-8;
    private readonly Dictionary<int, (Tensor First, Tensor Second)> _moments = [];
    private int _step;

    public void Step()
    {
        using var scope = NewDisposeScope();
        using var grad = no_grad();
        _step++;
        for (var i = 0; i < weights.Count; i++)
        {
            if (weights[i].grad is not { } gradient) continue;
            gradient = gradient.to(weights[i].dtype == float64 ? float64 : float32);
            if (!_moments.TryGetValue(i, out var moments))
                _moments[i] = moments = (Detach(zeros_like(gradient)), Detach(zeros_like(gradient)));
            moments.First.mul_(Decay1).add_(gradient * (1 - Decay1));
            moments.Second.mul_(Decay2).add_(gradient.square() * (1 - Decay2));
            var update = moments.First / (1 - Math.Pow(Decay1, _step))
                / ((moments.Second / (1 - Math.Pow(Decay2, _step))).sqrt() + Epsilon);
            weights[i].add_((update * -rate).to(weights[i].dtype));
        }
    }

    public void Dispose()
    {
        foreach (var (first, second) in _moments.Values)
        {
            first.Dispose();
            second.Dispose();
        }
    }

    // Out of the scope of this step and that of the step of training.
    private static Tensor Detach(Tensor tensor) => tensor.DetachFromDisposeScope();
}
