using TurkishLlm.Plans;

namespace TurkishLlm.Training.Objectives.Reinforcement;

/// <summary>Factors of the losses of the tokens of each answer. The sum over all answers is divided by their number.</summary>
/// <remarks>
/// answer: 1 ÷ its length, Shao et al. 2024, equation 3. tokens: 1 ÷ the mean length, so that the loss is the mean over all
/// tokens of the step, Yu et al. 2025, "DAPO", arXiv:2503.14476, equation 8. constant: 1 ÷ the maximum length, Liu et al. 2025,
/// arXiv:2503.20783, section 3.2: dividing by its length makes long wrong answers cheap. Spec: GRP-07.
/// </remarks>
public static class AnswerWeights
{
    /// <summary>Computes the factors.</summary>
    /// <param name="lengths">Number of tokens of each answer of the step.</param>
    /// <param name="normalization">What the losses are divided by.</param>
    /// <param name="maximum">Maximum length of an answer.</param>
    public static IReadOnlyList<double> Compute(IReadOnlyList<int> lengths, LossNormalization normalization, int maximum)
    {
        ArgumentNullException.ThrowIfNull(lengths);
        var mean = lengths.Average();
        return
        [
            .. lengths.Select(length => 1 / normalization switch
            {
                LossNormalization.Answer => length,
                LossNormalization.Tokens => mean,
                _ => maximum,
            }),
        ];
    }
}
