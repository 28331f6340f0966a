namespace TurkishLlm.Plans.Chains;

/// <summary>Exports a model for other programs: section <c>export</c> of a step.</summary>
/// <param name="Model">Run, checkpoint or model folder.</param>
/// <param name="Output">Folder to create.</param>
public sealed record ExportStep(string Model, string Output) : ChainAction
{
    /// <summary>Format of the export.</summary>
    public string Format { get; init; } = "safetensors";

    /// <summary>Number type of the weights.</summary>
    public string Dtype { get; init; } = "float32";

    /// <inheritdoc/>
    public override string Verb => "export";

    /// <inheritdoc/>
    public override bool ResumesOutput => false;

    /// <inheritdoc/>
    public override StepFiles Describe(Func<string, string> find) =>
        new([new("model", [Model])], [Output], Options(("format", Format), ("dtype", Dtype)));
}
