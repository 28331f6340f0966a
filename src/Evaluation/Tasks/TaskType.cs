namespace TurkishLlm.Evaluation.Tasks;

/// <summary>What a question asks for, which decides what its answer is measured by.</summary>
/// <remarks>Source: fundamentals of fine-tuning, lessons 5 and 18: the metric must match the shape.</remarks>
public enum TaskType
{
    /// <summary>One of the classes of the file.</summary>
    Classification,

    /// <summary>One of the options of the question.</summary>
    MultipleChoice,

    /// <summary>A JSON object of fields.</summary>
    Extraction,

    /// <summary>A text.</summary>
    Answer,

    /// <summary>A text from the context that comes with the question.</summary>
    GroundedAnswer,

    /// <summary>That the answer is not known.</summary>
    Refusal,
}
