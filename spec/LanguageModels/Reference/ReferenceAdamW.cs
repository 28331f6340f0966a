using TorchSharp;
using TorchSharp.Modules;
using TurkishLlm.Specification.LanguageModels.Functions;
using static TorchSharp.torch;

namespace TurkishLlm.Specification.LanguageModels.Reference;

/// <summary>AdamW of plain operators, with an option for every mistake.</summary>
public static class ReferenceAdamW
{
    /// <summary>Creates the optimizer; without options it is right.</summary>
    /// <param name="weights">The weights by name.</param>
    /// <param name="constants">The constants.</param>
    /// <param name="decays">Which weights decay; all but norms by default.</param>
    /// <param name="moves">Which weights move; all by default.</param>
    /// <param name="inGradient">Adds the decay to the gradient.</param>
    /// <param name="missingIsZero">Updates weights without a gradient as if it were zero.</param>
    /// <param name="epsilonInside">Adds ε inside of the root.</param>
    /// <param name="decayRate">Computes the share that decays from learning rate and decay.</param>
    /// <param name="correction">Computes the bias correction from β and the number of the step.</param>
    public static OptimizerSubject Create(
        IReadOnlyDictionary<string, Parameter> weights,
        AdamWConstants constants,
        Func<string, bool>? decays = null,
        Func<string, bool>? moves = null,
        bool inGradient = false,
        bool missingIsZero = false,
        bool epsilonInside = false,
        Func<double, double, double>? decayRate = null,
        Func<double, int, double>? correction = null)
    {
        var means = weights.Keys.ToDictionary(name => name, name => zeros_like(weights[name]));
        var squares = weights.Keys.ToDictionary(name => name, name => zeros_like(weights[name]));
        var steps = 0;
        correction ??= (beta, n) => 1 - Math.Pow(beta, n);
        return new(rate =>
        {
            using var grad = no_grad();
            steps++;
            foreach (var name in weights.Keys.Where(name => moves?.Invoke(name) ?? true))
            {
                using var scope = NewDisposeScope();
                var weight = weights[name];
                if ((weight.grad ?? (missingIsZero ? zeros_like(weight) : null)) is not { } gradient) continue;
                if (decays?.Invoke(name) ?? OptimizerWeights.IsDecayed(name))
                {
                    if (inGradient) gradient = gradient + weight * constants.WeightDecay;
                    else weight.mul_(1 - (decayRate?.Invoke(rate, constants.WeightDecay) ?? rate * constants.WeightDecay));
                }
                means[name].mul_(constants.Beta1).add_(gradient * (1 - constants.Beta1));
                squares[name].mul_(constants.Beta2).add_(gradient.square() * (1 - constants.Beta2));
                var square = squares[name] / correction(constants.Beta2, steps);
                weight.sub_(
                    means[name]
                        / correction(constants.Beta1, steps)
                        / (epsilonInside ? (square + constants.Epsilon).sqrt() : square.sqrt() + constants.Epsilon)
                        * rate);
            }
        });
    }
}
