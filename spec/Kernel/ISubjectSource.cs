namespace TurkishLlm.Specification;

/// <summary>Creates the impostors of a requirement, to be judged by another requirement with the same kind of subject.</summary>
/// <typeparam name="TSubject">What is judged.</typeparam>
internal interface ISubjectSource<out TSubject>
{
    /// <summary>Creates an impostor by name.</summary>
    TSubject CreateImpostor(string impostor, Conditions at);
}
