namespace TurkishLlm.Evaluation.Tasks;

/// <summary>The type of a task, which decides its metrics.</summary>
/// <remarks>Source: fundamentals of fine-tuning, lessons 5 and 18: the metric must match the task.</remarks>
public enum TaskType
{
    /// <summary>The answer is one of the classes of the file.</summary>
    Classification,

    /// <summary>The answer is one of the options of the question.</summary>
    MultipleChoice,

    /// <summary>The answer is a JSON object.</summary>
    Extraction,

    /// <summary>The answer is a calculation that ends with <c>####</c> and a number.</summary>
    Number,

    /// <summary>The answer is free text.</summary>
    Answer,

    /// <summary>The answer is free text based on the context of the question.</summary>
    GroundedAnswer,

    /// <summary>The correct answer is a refusal.</summary>
    Refusal,
}
