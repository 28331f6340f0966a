using TurkishLlm.Plans;
using TurkishLlm.Spec.Oracles.Training;
using TurkishLlm.Spec.Plans;

namespace TurkishLlm.Spec.Training;

/// <summary>TOL-SHADOW: what the rounding of a run may change in a step, from the same state before it.</summary>
/// <param name="plan">The plan.</param>
/// <param name="trainer">The shadow trainer.</param>
internal sealed class ShadowBounds(TrainingPlan plan, ShadowTrainer trainer)
{
    private const double SmallestNormal = 1.2e-38;
    private (ShadowStep? Step, double Error) _lastNorm;

    private long Longest => Math.Max(plan.Model.DFf, plan.Model.DModel);

    private double Model => plan.Lora is null
        ? Tolerance.Model(plan.ComputeType.NumberType, plan.Model.NLayers, Longest)
        : Tolerance.Adapted(plan.ComputeType.NumberType, plan.Model.NLayers, Longest);

    private double ModelGradient => plan.Lora is null
        ? Tolerance.ModelGradient(plan.ComputeType.NumberType, plan.Model.NLayers, Longest)
        : Tolerance.AdaptedGradient(plan.ComputeType.NumberType, plan.Model.NLayers, Longest);

    /// <summary>Error of a mean loss per token, in nats.</summary>
    public double TokenLoss(double largestLogit) => Answer(1, largestLogit);

    /// <summary>Error of the log-probability of an answer, in nats.</summary>
    public double Answer(double tokens, double largestLogit) =>
        tokens
        * Tolerance.AnswerLogProbability(plan.ComputeType.NumberType, plan.Model.VocabSize, largestLogit, Model, tokens: 1);

    /// <summary>Error of the reward of an answer.</summary>
    public double Reward(int tokens, double largestLogit) => plan.Preference!.Objective switch
    {
        // of the policy and of the reference
        DpoPlan dpo => 2 * dpo.Beta * Answer(tokens, largestLogit),
        KtoPlan kto => 2 * kto.Beta * Answer(tokens, largestLogit),
        var orpo => ((OrpoPlan)orpo).Lambda * Answer(1, largestLogit),
    };

    /// <summary>Error of the rewards of the chosen and of the rejected answer.</summary>
    public (double Chosen, double Rejected) Rewards(ShadowPair pair, double largestLogit) =>
        plan.Preference!.Objective is RewardPlan
            ? (Model * pair.Scale, Model * pair.Scale)
            : (Reward(pair.ChosenTokens, largestLogit), Reward(pair.RejectedTokens, largestLogit));

    /// <summary>Error of the reference point of KTO, in nats.</summary>
    public double ReferencePoint(IReadOnlyList<ShadowAnswer> answers, double largestLogit) =>
        2 * Answer(answers.Average(answer => answer.MismatchedTokens), largestLogit);

    /// <summary>Error of the mean loss of answers: the slope of σ is at most a quarter.</summary>
    public double Loss(IReadOnlyList<ShadowAnswer> answers, double largestLogit)
    {
        var kto = (KtoPlan)plan.Preference!.Objective;
        return Math.Max(kto.DesirableWeight, kto.UndesirableWeight) / 4 * (
            answers.Average(answer => Reward(answer.Tokens, largestLogit))
            + kto.Beta * ReferencePoint(answers, largestLogit));
    }

    /// <summary>Error of the loss of a pair.</summary>
    public double PairLoss(ShadowPair pair, double largestLogit) => plan.Preference!.Objective is DpoPlan
        ? Reward(pair.ChosenTokens, largestLogit) + Reward(pair.RejectedTokens, largestLogit)
        : plan.Preference.Objective is RewardPlan
        ? 2 * (Math.Abs(pair.ByChosen) + Math.Abs(pair.ByRejected)) * Model * pair.Scale
        : 2 * (Math.Abs(pair.ByChosen) * Answer(pair.ChosenTokens, largestLogit)
            + Math.Abs(pair.ByRejected) * Answer(pair.RejectedTokens, largestLogit));

    /// <summary>Error of the mean loss of a step.</summary>
    public double Loss(IReadOnlyList<ShadowPair> pairs, double largestLogit) => pairs.Count == 0
        ? TokenLoss(largestLogit)
        : pairs.Average(pair => PairLoss(pair, largestLogit));

    /// <summary>Error of the gradient norm.</summary>
    public double Norm(ShadowStep step)
    {
        if (_lastNorm.Step != step) _lastNorm = (step, ComputeNorm(step, step.Gradient, step.Norm));
        return _lastNorm.Error;
    }

    /// <summary>The squared norm of a gradient of a step, and its error.</summary>
    public (double Value, double Error) SquaredNorm(ShadowStep step, ShadowGradient gradient)
    {
        var norm = GradientClipOracle.Norm(gradient.Sums.Values);
        var error = ComputeNorm(step, gradient, norm);
        return (norm * norm, 2 * norm * error + error * error);
    }

    private double ComputeNorm(ShadowStep step, ShadowGradient gradient, double norm) =>
        ModelGradient * gradient.Magnitudes.Values.DefaultIfEmpty().Max()
        + FactorError(step) * gradient.NormSlope
        + (norm > 0 ? gradient.Sums.Values.Sum(Tolerance.SumOfSquares) / (2 * norm) : 0)
        + 4 * Tolerance.Float32UnitRoundoff * norm;

    /// <summary>Returns measured error ÷ allowed error of a weight and its moments, the largest over their elements.</summary>
    /// <param name="name">The weight.</param>
    /// <param name="step">The step of the shadow trainer.</param>
    /// <param name="before">The state before the step.</param>
    /// <param name="after">The state of the run after the step.</param>
    public (double Weight, double FirstMoment, double SecondMoment) Compare(
        string name, ShadowStep step, ShadowState before, ShadowState after)
    {
        const double unit = Tolerance.Float32UnitRoundoff;
        var (optimizer, rate) = (plan.Optimizer, step.LearningRate * trainer.Groups.Multiplier(name));
        var (beta1, beta2) = (optimizer.Beta1, optimizer.Beta2);
        var meanCorrection = 1 - Math.Pow(beta1, step.After.OptimizerSteps);
        var squareCorrection = 1 - Math.Pow(beta2, step.After.OptimizerSteps);
        var cap = LargestUpdate(meanCorrection, squareCorrection);
        var gradientError = ModelGradient * step.Gradient.Magnitudes[name] + FactorError(step) * step.Gradient.Slopes[name];
        var clipError = ClipError(step);
        var (gradient, mean, square, weight) = (
            step.Gradient.Sums[name], step.After.FirstMoments[name], step.After.SecondMoments[name], step.After.Weights[name]);
        var (oldWeight, oldMean, oldSquare) = (before.Weights[name], before.FirstMoments[name], before.SecondMoments[name]);
        var (newWeight, newMean, newSquare) = (after.Weights[name], after.FirstMoments[name], after.SecondMoments[name]);
        var worst = (Weight: 0.0, FirstMoment: 0.0, SecondMoment: 0.0);
        for (var i = 0; i < gradient.Length; i++)
        {
            var g = step.ClipFactor * Math.Abs(gradient[i]);
            var error = step.ClipFactor * gradientError * (1 + clipError) + g * (clipError + 2 * unit);
            var (m, v) = (Math.Abs(oldMean[i]), oldSquare[i]);
            var meanError = (1 - beta1) * error + 4 * unit * (beta1 * m + (1 - beta1) * g) + SmallestNormal;
            var squareError = (1 - beta2) * (2 * g * error + error * error)
                + 5 * unit * (beta2 * v + (1 - beta2) * g * g) + SmallestNormal;

            var largestMean = (Math.Abs(mean[i]) + meanError) / meanCorrection;
            var low = Math.Sqrt(Math.Max(0, square[i] - squareError) / squareCorrection) + optimizer.Epsilon;
            var high = Math.Sqrt((square[i] + squareError) / squareCorrection) + optimizer.Epsilon;
            var update = Math.Abs(mean[i]) / meanCorrection
                / (Math.Sqrt(square[i] / squareCorrection) + optimizer.Epsilon);
            var smallest = Math.Max(0, Math.Abs(mean[i]) - meanError) / meanCorrection / high;
            var opposite = Math.Max(0, meanError - Math.Abs(mean[i])) / meanCorrection / low;
            var updateError = Math.Max(
                Math.Min(largestMean / low, cap) - update,
                Math.Max(update - smallest, opposite > 0 ? update + Math.Min(opposite, cap) : 0));
            var weightError = rate * Math.Max(0, updateError)
                + Tolerance.AdamW(oldWeight[i], rate * Math.Max(1, update));

            worst = (
                Math.Max(worst.Weight, Ratio(newWeight[i], weight[i], weightError)),
                Math.Max(worst.FirstMoment, Ratio(newMean[i], mean[i], meanError)),
                Math.Max(worst.SecondMoment, Ratio(newSquare[i], square[i], squareError)));
        }
        return worst;
    }

    /// <summary>Returns measured error ÷ allowed error of a matrix that Muon updates, and of its momentum.</summary>
    /// <param name="name">The matrix.</param>
    /// <param name="step">The step of the shadow trainer.</param>
    /// <param name="before">The state before the step.</param>
    /// <param name="after">The state of the run after the step.</param>
    public (double Weight, double Momentum) CompareMuon(
        string name, ShadowStep step, ShadowState before, ShadowState after)
    {
        const double unit = Tolerance.Float32UnitRoundoff;
        var (mu, rate) = (plan.Optimizer.Muon.Momentum, step.LearningRate * trainer.Groups.MuonFactor(name));
        var gradientError = ModelGradient * step.Gradient.Magnitudes[name] + FactorError(step) * step.Gradient.Slopes[name];
        var clipError = ClipError(step);
        var (gradient, old, expected, found) = (
            step.Gradient.Sums[name], before.Momenta[name], step.After.Momenta[name], after.Momenta[name]);
        double[] direction = [.. found.Zip(old, (m, b) => (1 + mu) * m - mu * b)];
        double[] weight = [.. before.Weights[name]];
        new MuonOracle(weight, trainer.Rows(name), found, mu, trainer.Groups.Decay(name)).Update(direction, rate);
        var norm = Norm(direction);
        var start = 4 + (norm > 0 ? 3 * (Norm(old) + Norm(found)) / norm : 0);
        var worst = (Weight: 0.0, Momentum: 0.0);
        for (var i = 0; i < gradient.Length; i++)
        {
            var g = step.ClipFactor * Math.Abs(gradient[i]);
            var error = step.ClipFactor * gradientError * (1 + clipError) + g * (clipError + 2 * unit)
                + 3 * unit * (mu * Math.Abs(old[i]) + g) + SmallestNormal;
            worst = (
                Math.Max(
                    worst.Weight,
                    Ratio(after.Weights[name][i], weight[i], Tolerance.Muon(before.Weights[name][i], rate, start))),
                Math.Max(worst.Momentum, Ratio(found[i], expected[i], error)));
        }
        return worst;

        static double Norm(double[] values) => Math.Sqrt(values.Sum(value => value * value));
    }

    // Near the limit a run may clip or not; the two factors differ by 10⁻⁶ ÷ limit, as limit ÷ (norm + 10⁻⁶) is not one there. No
    // factor is above one.
    private double ClipError(ShadowStep step)
    {
        var (limit, error) = (plan.Optimizer.GradientClip, Norm(step));
        if (limit == 0 || step.Norm + error + 1e-6 < limit) return 0;
        var largest = Math.Max(1, 1 / step.ClipFactor - 1);
        return step.Norm == 0 ? largest
            : Math.Min(largest, error / step.Norm + (step.Norm - error > limit ? 0 : 1e-6 / limit));
    }

    // NaN counts as infinite.
    private static double Ratio(double measured, double expected, double allowed) =>
        measured == expected ? 0
        : Math.Abs(measured - expected) is var error && double.IsNaN(error) ? double.PositiveInfinity
        : error / allowed;

    // Cauchy and Schwarz: |Σ β₁ⁱg| ≤ √(Σ (β₁²/β₂)ⁱ)·√(Σ β₂ⁱg²).
    private double LargestUpdate(double meanCorrection, double squareCorrection)
    {
        var (beta1, beta2) = (plan.Optimizer.Beta1, plan.Optimizer.Beta2);
        return beta1 * beta1 >= beta2
            ? double.PositiveInfinity
            : (1 - beta1) / Math.Sqrt((1 - beta2) * (1 - beta1 * beta1 / beta2)) * Math.Sqrt(squareCorrection) / meanCorrection;
    }

    // Error of the derivative of a pair's loss by a log-probability.
    private double FactorError(ShadowStep step) => plan.Preference?.Objective switch
    {
        null => 0,
        DpoPlan dpo => dpo.Beta / 4 * step.Pairs.Max(pair =>
            Reward(pair.ChosenTokens, step.LargestLogit) + Reward(pair.RejectedTokens, step.LargestLogit)),
        // The slope of σ′ is less than a tenth.
        KtoPlan kto => Math.Max(kto.DesirableWeight, kto.UndesirableWeight) * kto.Beta / 10 * (
            step.Answers.Max(answer => Reward(answer.Tokens, step.LargestLogit))
            + kto.Beta * ReferencePoint(step.Answers, step.LargestLogit)),
        RewardPlan reward => step.Pairs.Max(pair => (0.25 + 2 * reward.Centering) * 2 * Model * pair.Scale),
        var orpo => step.Pairs.Max(pair =>
            ((OrpoPlan)orpo).Lambda * Answer(1, step.LargestLogit) / Math.Min(pair.ChosenTokens, pair.RejectedTokens)),
    };
}
