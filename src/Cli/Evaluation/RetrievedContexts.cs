using TurkishLlm.Cli.Terminal;
using TurkishLlm.Data.Retrieval;
using TurkishLlm.Evaluation.Metrics;
using TurkishLlm.Evaluation.Tasks;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Synthesis.Retrieval;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Cli.Evaluation;

/// <summary>Replaces the contexts of gold rows by the passages that <c>chat --docs</c> shows for their questions.</summary>
/// <param name="documentation">Folder of pages, or one page.</param>
/// <param name="passages">Maximum number of passages per question.</param>
internal sealed class RetrievedContexts(string documentation, int passages)
{
    /// <summary>
    /// Replaces the contexts of rows that are answered in free text. A question with a refusal as answer keeps its own context,
    /// because the documentation may contain its answer.
    /// </summary>
    /// <param name="display">Receives how much of the answers is in the contexts, before and after.</param>
    /// <param name="rows">The rows.</param>
    /// <param name="model">The model that reads the contexts.</param>
    /// <param name="maxTokens">Maximum length of an answer, in tokens.</param>
    public GoldRow[] Apply(Display display, GoldRow[] rows, ChatModel model, int maxTokens)
    {
        var retriever = PassageRetriever.Open(documentation, model.Tokenizer, new(model.ContextLength, passages, maxTokens));
        GoldRow[] asked = [.. rows.Select(row => IsAnswered(row) ? WithContext(row, Retrieve(row, model, retriever)) : row)];
        var answered = rows.Zip(asked).Where(pair => IsAnswered(pair.First)).ToArray();
        var given = answered.Where(pair => pair.First.Context.Any()).ToArray();
        display.WriteLine(
            $"contexts: {Format.Count(answered.Length, "question")} with passages of {Format.RelativePaths(documentation)}; they "
                + $"contain {FormatShare(answered.Select(pair => pair.Second))} of the words of the reference answers"
                + (given.Length == 0 ? "" : $", the contexts of the rows {FormatShare(given.Select(pair => pair.First))}"));
        return asked;
    }

    private static bool IsAnswered(GoldRow row) => row.TaskType is TaskType.Answer or TaskType.GroundedAnswer;

    private static string[] Retrieve(GoldRow row, ChatModel model, PassageRetriever retriever)
    {
        var prompt = model.Template.RenderPrompt(WithContext(row, []).Prompt).Count;
        return
        [
            .. retriever.Retrieve(row.Question, retriever.Budget.GetRoom(prompt))
                .Select((passage, i) => Citation.Number(i + 1, passage.Text)),
        ];
    }

    private static GoldRow WithContext(GoldRow row, string[] context) => row with
    {
        TaskType = TaskType.GroundedAnswer,
        Prompt = new(
        [
            .. row.Prompt.Messages.SkipLast(1).Select(message =>
                message.Role == ChatRole.User ? ChatMessage.User(message.Text) : message),
            ChatMessage.User(row.Question, context),
        ]),
    };

    private static string FormatShare(IEnumerable<GoldRow> rows)
    {
        double[] shares =
        [
            .. rows.Select(row => row.References.Max(right =>
                    Groundedness.Compute(Citation.Remove(right), row.Question, row.Context)))
                .OfType<double>(),
        ];
        return shares.Length == 0 ? "none" : Format.Percent(shares.Average());
    }
}
