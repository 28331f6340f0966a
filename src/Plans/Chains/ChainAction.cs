namespace TurkishLlm.Plans.Chains;

/// <summary>What a step of a chain does: a command of the program with its options.</summary>
public abstract record ChainAction
{
    /// <summary>Name of the section in a chain, which is that of the command: tokenizer, corpus, train …</summary>
    public abstract string Verb { get; }

    /// <summary>
    /// Version of the output: raised when a new version of the program writes another output for the same inputs and options.
    /// Steps that an older version completed then run again.
    /// </summary>
    public virtual int FormatVersion => 1;

    /// <summary>True if an interrupted command resumes from what it has written; false if it must begin again.</summary>
    public virtual bool ResumesOutput => true;

    /// <summary>True if the command updates its output in place, for example a journal of paid replies.</summary>
    public virtual bool UpdatesOutput => false;

    /// <summary>Describes what the step reads and writes, and its options.</summary>
    /// <param name="find">Returns the file that a path of a plan or an input means.</param>
    /// <exception cref="FileNotFoundException">The plan of the step does not exist.</exception>
    /// <exception cref="Model.ConfigurationException">The plan of the step is invalid.</exception>
    public abstract StepFiles Describe(Func<string, string> find);

    private protected static KeyValuePair<string, string> Option(string name, FormattableString value) =>
        new(name, FormattableString.Invariant(value));

    private protected static KeyValuePair<string, string>[] Options(params (string Name, object? Value)[] options) =>
        [.. options.Where(option => option.Value is not null).Select(option => Option(option.Name, $"{option.Value}"))];
}
