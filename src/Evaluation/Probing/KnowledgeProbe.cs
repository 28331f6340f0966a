using TurkishLlm.Data.Batches;
using TurkishLlm.Data.Corpus;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Inference.Chat;

namespace TurkishLlm.Evaluation.Probing;

/// <summary>Asks a model a question several times and compares the answers with the reference.</summary>
/// <remarks>
/// The seeds of the samples depend on the question and its row, not on the questions before it, so an interrupted probe continues
/// with the same answers. Source: Llama Team 2024, arXiv:2407.21783, section 4.3.6 (knowledge probing). Spec: SYN-20.
/// </remarks>
public static class KnowledgeProbe
{
    // References of up to this many words count as given if an answer contains them.
    private const int MaxContainedWords = 5;

    /// <summary>Asks one question.</summary>
    /// <param name="model">The model.</param>
    /// <param name="row">The question with its reference answers.</param>
    /// <param name="key">Key of its row, 32 hexadecimal digits.</param>
    /// <param name="options">The options.</param>
    /// <param name="cancellationToken">Cancels before the next token.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    public static ProbedQuestion Ask(
        ChatModel model, GoldRow row, string key, ProbeOptions options, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentNullException.ThrowIfNull(row);
        ArgumentNullException.ThrowIfNull(options);
        var prompt = model.FitToContext(row.Prompt, model.GetAnswerBudget(options.Sampling.MaxTokens));
        string[] answers = prompt is null
            ? []
            :
            [
                .. Enumerable.Range(0, options.Samples).Select(sample =>
                    model.Answer(
                        prompt, options.Sampling with { Seed = GetSeed(key, sample, options.Seed) },
                        cancellationToken: cancellationToken).Text),
            ];
        cancellationToken.ThrowIfCancellationRequested();
        return new(
            key, row.Location, row.Question, row.Reference.Text, answers,
            answers.Count(answer => row.References.Any(reference => IsRight(answer, reference, options.RightF1))));
    }

    /// <summary>Decides whether an answer is right.</summary>
    /// <param name="answer">The answer.</param>
    /// <param name="reference">A correct answer.</param>
    /// <param name="rightF1">F1 over words from which it is right.</param>
    public static bool IsRight(string answer, string reference, double rightF1)
    {
        var (words, right) = (TurkishWords.Split(answer), TurkishWords.Split(reference));
        return WordOverlap.F1(answer, reference) >= rightF1
            || (right.Count is > 0 and <= MaxContainedWords && TurkishWords.Contains(words, right));
    }

    private static long GetSeed(string key, int sample, long seed) => (long)(SplitMix64.Mix(
        Convert.ToUInt64(key[..16], 16) ^ SplitMix64.Mix((ulong)seed + (ulong)sample * SplitMix64.Increment)) >> 1);
}
