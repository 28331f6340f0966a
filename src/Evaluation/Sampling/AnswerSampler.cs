using TurkishLlm.Data.Retrieval;
using TurkishLlm.Evaluation.Rewards;
using TurkishLlm.Inference.Batching;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Generation;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Evaluation.Sampling;

/// <summary>Asks a model every question several times and scores its answers.</summary>
/// <remarks>
/// Every answer has a seed of its own, a function of the seed of the options, the number of its question and its own number. So
/// answers depend neither on the others in the batch nor on the question with which the work began. Spec: SEL-04.
/// </remarks>
/// <param name="scheduler">Generates the answers.</param>
/// <param name="template">The chat template of the model.</param>
/// <param name="rewards">The rules that judge the answers.</param>
/// <param name="options">Sampling options of all answers.</param>
/// <param name="answersPerQuestion">Number of answers to each question.</param>
public sealed class AnswerSampler(
    BatchScheduler scheduler, ChatTemplate template, StatedRewards rewards, SamplingOptions options, int answersPerQuestion)
{
    /// <summary>Number of answers that wait for the model, so that a batch is always full.</summary>
    public const int QueuedAnswers = 64;

    /// <summary>Answers questions, in order.</summary>
    /// <param name="questions">The questions, all of them.</param>
    /// <param name="first">Number of the question to begin with, from 0.</param>
    /// <param name="cancellationToken">Ends the answers before their next token.</param>
    /// <exception cref="OperationCanceledException"><paramref name="cancellationToken"/> was canceled.</exception>
    public IEnumerable<SampledQuestion> Sample(
        IReadOnlyList<QuestionToSample> questions, int first, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(questions);
        var ahead = Math.Max(1, QueuedAnswers / answersPerQuestion);
        var pending = new Queue<(QuestionToSample Question, Conversation? Prompt, IReadOnlyList<GeneratedText> Texts)>();
        for (var i = first; i < questions.Count || pending.Count > 0;)
        {
            if (i < questions.Count && pending.Count < ahead)
            {
                var prompt = FitToContext(questions[i].Prompt);
                pending.Enqueue((questions[i], prompt, prompt is null ? [] : Submit(prompt, i, cancellationToken)));
                i++;
                continue;
            }
            var (question, shown, texts) = pending.Dequeue();
            var results = Task.WhenAll(texts.Select(text => text.Result)).GetAwaiter().GetResult();
            cancellationToken.ThrowIfCancellationRequested();
            yield return new(
                question.Location, shown ?? question.Prompt, question.Reference,
                [.. results.Select(result => SampledAnswer.Create(shown!, question.Reference, result.Answer, rewards.Rules))],
                rewards.Statement);
        }
    }

    // The rewards and the training judge what the model read: the prompt with its shortened context.
    private Conversation? FitToContext(Conversation prompt) => ChatModel.FitPrompt(
        template, scheduler.Tokenizer, prompt,
        scheduler.ContextLength - RetrievalBudget.GetReservedTokens(scheduler.ContextLength, options.MaxTokens));

    private IReadOnlyList<GeneratedText> Submit(Conversation prompt, int number, CancellationToken cancellationToken)
    {
        var ids = template.RenderPrompt(prompt);
        return scheduler.SubmitAll(
            [
                .. Enumerable.Range(0, answersPerQuestion).Select(answer => new TextRequest(
                    ids, options with { Seed = options.Seed + (long)number * answersPerQuestion + answer })),
            ],
            cancellationToken);
    }
}
