using System.Globalization;
using TurkishLlm.Data.Conversations;
using TurkishLlm.Inference.Chat;
using TurkishLlm.Inference.Tools;
using TurkishLlm.Tokenization.Chat;

namespace TurkishLlm.Bench;

/// <summary>
/// Questions about sums of two numbers, of which each pair occurs once: training rows that call the calculator, training rows of
/// other sums that answer directly, and questions about sums that no row has.
/// </summary>
/// <param name="seed">Seed of the pairs.</param>
internal sealed class ToolSums(int seed)
{
    private const int Least = 10, Limit = 200;

    private static readonly string[] Questions =
        ["{0}+{1} kaç eder?", "{0}+{1} toplamı nedir?", "{0}+{1} işleminin sonucu kaçtır?"];

    private readonly HashSet<(int, int)> _drawn = [];
    private readonly Random _random = new(seed);

    /// <summary>Writes rows that call the calculator, with the system prompt that offers it.</summary>
    public void WriteCalls(string file, int rows)
    {
        var system = ChatMessage.System(ToolPrompt.Describe(null, new ToolSet(new CalculatorTool()).Definitions));
        Write(file, rows, (question, a, b) =>
        {
            var expression = string.Create(CultureInfo.InvariantCulture, $"{a}+{b}");
            return new(
                system, question,
                ChatMessage.Assistant("", $$$"""{"name":"calculator","arguments":{"expression":"{{{expression}}}"}}"""),
                ChatMessage.Tool(CalculatorTool.Compute(expression)), Answer(a + b));
        });
    }

    /// <summary>Writes rows that answer without a tool.</summary>
    public void WriteAnswers(string file, int rows) => Write(file, rows, (question, a, b) => new(question, Answer(a + b)));

    /// <summary>Writes the words and numbers of all rows often enough to become tokens: a small model copies one token.</summary>
    public static void WriteWords(string file)
    {
        string[] words =
        [
            ToolPrompt.Describe(null, new ToolSet(new CalculatorTool()).Definitions),
            """{"name":"calculator","arguments":{"expression":"+"}}""",
            .. Questions.Select(question => string.Format(CultureInfo.InvariantCulture, question, "1", "2")), "1 eder.",
            string.Join('+', Enumerable.Range(Least, 2 * Limit - Least)),
        ];
        File.WriteAllLines(file, Enumerable.Repeat(string.Join('\n', words) + "\n", 100));
    }

    private void Write(string file, int rows, Func<ChatMessage, int, int, Conversation> create) => ConversationWriter.Write(
        file,
        Enumerable.Range(0, rows).Select(_ => Draw()).Select(drawn => new ConversationRow(file, 0)
        {
            Conversation = create(drawn.Question, drawn.A, drawn.B),
        }),
        ConversationFormat.Messages);

    private static ChatMessage Answer(int sum) =>
        ChatMessage.Assistant(string.Create(CultureInfo.InvariantCulture, $"{sum} eder."));

    private (ChatMessage Question, int A, int B) Draw()
    {
        while (true)
        {
            var (a, b) = (_random.Next(Least, Limit), _random.Next(Least, Limit));
            if (!_drawn.Add((a, b)) || !_drawn.Add((b, a)) && a != b) continue;
            var text = string.Format(CultureInfo.InvariantCulture, Questions[_random.Next(Questions.Length)], a, b);
            return (ChatMessage.User(text), a, b);
        }
    }
}
