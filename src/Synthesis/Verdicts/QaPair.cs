using System.Text.Json.Serialization;
using TurkishLlm.Synthesis.Prompts;

namespace TurkishLlm.Synthesis.Verdicts;

/// <summary>A question and its answer.</summary>
/// <param name="Question">What is asked.</param>
/// <param name="Answer">What is answered.</param>
public sealed record QaTurn(string Question, string Answer);

/// <summary>A pair that a model wrote, or a short conversation.</summary>
/// <param name="Id">The group and its place in the reply.</param>
/// <param name="Group">The group that was asked about.</param>
/// <param name="Type">What it asks for.</param>
/// <param name="Difficulty">How much it asks.</param>
/// <param name="Turns">One turn, or several that go on from each other.</param>
/// <param name="Sources">Chunks that the model says it took the answers from.</param>
public sealed record QaPair(string Id, string Group, QuestionType Type, Difficulty Difficulty, IReadOnlyList<QaTurn> Turns, IReadOnlyList<string> Sources)
{
    /// <summary>There are several turns.</summary>
    [JsonIgnore]
    public bool IsConversation => Turns.Count > 1;
}
