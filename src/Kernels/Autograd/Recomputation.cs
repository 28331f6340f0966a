using TorchSharp;
using static TorchSharp.torch;

namespace TurkishLlm.Kernels.Autograd;

/// <summary>
/// Runs a part of a model without keeping its intermediate results; the backward pass runs it again and differentiates it.
/// </summary>
/// <remarks>
/// Source: Chen et al. 2016, "Training deep nets with sublinear memory cost", arXiv:1604.06174. The gradients are those of the
/// usual pass, bit for bit: the same operations run on the same input, with the same random numbers. Spec: ACC-16.
/// </remarks>
public static class Recomputation
{
    /// <summary>Runs a part of a model.</summary>
    /// <param name="x">Its input, which requires a gradient; otherwise the part runs as usual.</param>
    /// <param name="forward">
    /// The part: a function of <paramref name="x"/>, weights and random numbers of the CPU. Called again in the backward pass.
    /// </param>
    /// <param name="drawsRandomNumbers">True if the part draws random numbers.</param>
    /// <returns>The output of the part.</returns>
    public static Tensor Run(Tensor x, Func<Tensor, Tensor> forward, bool drawsRandomNumbers)
    {
        ArgumentNullException.ThrowIfNull(forward);
        if (!AutogradFunction.IsGradientRequired(x)) return forward(x);
        using var state = drawsRandomNumbers ? get_rng_state() : null;
        Tensor output;
        using (no_grad()) output = Forward(x);
        return AutogradFunction.Record([x], [output], state is null ? [x] : [x, state], (saved, gradients) =>
        {
            if (gradients[0] is not { } gradient) return [null];
            using var current = saved.Length > 1 ? get_rng_state() : null;
            if (current is not null) SetRandomState(saved[1]);
            using var grad = enable_grad();
            var input = saved[0].detach().requires_grad_();
            var again = Forward(input);
            if (current is not null) SetRandomState(current);
            AutogradFunction.RunBackward(again, gradient);
            return [input.grad];
        })[0];

        // Intermediate results are freed before the gradients need their space.
        Tensor Forward(Tensor input)
        {
            using var scope = NewDisposeScope();
            return forward(input).MoveToOuterDisposeScope();
        }
    }

#pragma warning disable RS0030 // It ends the process for any tensor that is not a state; these come from get_rng_state.
    private static void SetRandomState(Tensor state) => set_rng_state(state);
#pragma warning restore RS0030
}
