using System.Text.Json;

namespace TurkishLlm.Evaluation.Tasks;

/// <summary>Names of the fields that every gold row has.</summary>
public static class GoldFields
{
    /// <summary>Name of the file of the row.</summary>
    public const string File = "file";

    /// <summary>The task type of the row.</summary>
    public const string TaskType = "task_type";

    /// <summary>Returns the name of a task type in files.</summary>
    public static string GetName(Tasks.TaskType type) => JsonNamingPolicy.SnakeCaseLower.ConvertName(type.ToString());
}
