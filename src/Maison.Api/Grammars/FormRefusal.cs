// Why a form can not be enforced, as the answer that the caller gets: the field, and within a schema the JSON pointer.

using Maison.Api.Errors;
using Maison.Inference.Grammar;

namespace Maison.Api.Grammars;

/// <summary>Turns the refusals of the readers into those of the API.</summary>
static class FormRefusal
{
    /// <exception cref="ApiException">400 unsupported_schema with the field and the place.</exception>
    public static T Guard<T>(string param, Func<T> read)
    {
        try
        {
            return read();
        }
        catch (SchemaException e)
        {
            var place = e.Pointer.Length == 0 ? param : $"{param}#{e.Pointer}";
            throw ApiException.Invalid(place, $"'{param}' can not be enforced: {e.Message}.", "unsupported_schema");
        }
        catch (PatternException e)
        {
            throw ApiException.Invalid(param, $"'{param}' can not be enforced: {e.Message}.", "unsupported_schema");
        }
        catch (GrammarException e)
        {
            throw ApiException.Invalid(param, $"'{param}' can not be enforced: {e.Message}", "unsupported_schema");
        }
    }
}
